import { type Limits, ruleAppliesTo } from '../../model/limits.ts'
import type { MeasuredMetrics } from '../../model/result.ts'

/** The floors, each with the figure it is checked against; `sign` makes higher better. */
const held = {
  successRate: { figure: 'successRate', sign: 1, name: 'success rate' },
  coordinationScore: { figure: 'coordinationScore', sign: 1, name: 'coordination score' },
  responseTimeMs: { figure: 'responseTimeP50', sign: -1, name: 'median response time' },
} as const

/**
 * Why the limits forbid keeping a change with these figures of both arms, as a clause; undefined if they do not.
 * An agent that already violates a floor may be changed as long as the change does not make it worse. A missing figure of the
 * candidates violates every floor, unless the control lacks it too; so does a change without any measurement.
 */
export function findFloorViolation(
  limits: Limits,
  agent: { agentId: string; kind: string },
  measured: { before: MeasuredMetrics; after: MeasuredMetrics } | null,
): string | undefined {
  for (const rule of limits.floors.filter((floor) => ruleAppliesTo(floor, agent))) {
    for (const [key, { figure, sign, name }] of Object.entries(held)) {
      const floor = rule[key as keyof typeof held]
      if (floor === undefined) continue
      if (!measured) return `nothing was measured, and ${agent.agentId} has a floor for its ${name}`
      const [candidate, control] = [measured.after[figure], measured.before[figure]]
      if (candidate === null && control === null) continue
      const holds =
        candidate !== null && (sign * candidate >= sign * floor || (control !== null && sign * candidate >= sign * control))
      if (!holds)
        return `with the change, the ${name} of ${agent.agentId} was ${candidate ?? 'not reported'}; the floor is ${floor}`
    }
  }
  return undefined
}
