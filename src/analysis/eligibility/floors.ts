import { type Limits, ruleAppliesTo } from '../../model/limits.ts'
import type { MeasuredMetrics } from '../../model/result.ts'

/** The floors and the figure each holds; `sign` makes more better. */
const held = {
  successRate: { figure: 'successRate', sign: 1, name: 'success rate' },
  coordinationScore: { figure: 'coordinationScore', sign: 1, name: 'coordination score' },
  responseTimeMs: { figure: 'responseTimeP50', sign: -1, name: 'median response time' },
} as const

/**
 * Why the limits forbid to keep a change with these figures of both arms, in words; undefined when they do not.
 * An agent that is beyond a floor already may be changed as long as that does not make it worse. A figure of the candidates
 * that is missing is beyond every floor, unless nobody reports it; so is a change of which nothing was measured.
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
      if (!measured) return `nothing was measured of it, and there is a floor for the ${name} of ${agent.agentId}`
      const [candidate, control] = [measured.after[figure], measured.before[figure]]
      if (candidate === null && control === null) continue
      const holds =
        candidate !== null && (sign * candidate >= sign * floor || (control !== null && sign * candidate >= sign * control))
      if (!holds)
        return `with it the ${name} of ${agent.agentId} was ${candidate ?? 'not reported'}, beyond the floor of ${floor}`
    }
  }
  return undefined
}
