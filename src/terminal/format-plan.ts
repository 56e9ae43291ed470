import { describeImprovement } from '../model/format.ts'
import type { Strategy } from '../model/strategy.ts'

/** What a dry run would have tried, best first, and what it would have left alone, for a person at a terminal. */
export function formatPlan({ strategies, skipped }: { strategies: readonly Strategy[]; skipped: readonly string[] }): string {
  const lines = strategies.flatMap((strategy) => {
    const { agentId, description, targetMetric, expectedImprovement, expectedInterval, implementationTime, rollbackPlan } =
      strategy
    const expected = describeImprovement(targetMetric, expectedImprovement, expectedInterval ?? null)
    return [
      `${strategy.priority}: ${description}, on ${agentId}`,
      `  ${strategy.why ?? ''}`,
      `  expected: ${expected} within ${Math.round(implementationTime / 1_000)} s; otherwise: ${rollbackPlan}`,
    ]
  })
  return ['A dry run: nothing was changed.', ...lines, ...skipped.map((line) => `not tried: ${line}`)].join('\n')
}
