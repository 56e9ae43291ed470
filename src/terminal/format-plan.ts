import { describeImprovement, formatChanges } from '../model/format.ts'
import { getRecordedMetric } from '../model/metric.ts'
import type { Strategy } from '../model/strategy.ts'

/** The plan of a dry run, for the terminal: its strategies, best first, and what was ruled out. */
export function formatPlan({ strategies, skipped }: { strategies: readonly Strategy[]; skipped: readonly string[] }): string {
  const lines = strategies.flatMap((strategy) => {
    const { agentId, actions, description, targetMetric, expectedImprovement, expectedInterval, implementationTime } = strategy
    const metric = getRecordedMetric(strategy, targetMetric)
    const expected = describeImprovement(metric, expectedImprovement, expectedInterval ?? null)
    return [
      `${strategy.priority}: ${agentId} ${formatChanges(actions)}`,
      `  ${description}${strategy.why ? `: ${strategy.why}` : ''}`,
      `  expected: ${expected} within ${Math.round(implementationTime / 1_000)} s; otherwise: ${strategy.rollbackPlan}`,
    ]
  })
  return ['Dry run: nothing was changed.', ...lines, ...skipped.map((line) => `not tried: ${line}`)].join('\n')
}
