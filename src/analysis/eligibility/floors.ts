import { type Limits, ruleAppliesTo } from '../../model/limits.ts'
import { findBuiltInMetric, type MetricName } from '../../model/metric.ts'
import { describeBound } from '../../model/objective-text.ts'
import type { ArmMetrics } from '../../model/result.ts'
import { getMetricLevel } from '../statistics/effects.ts'

type FloorRule = Limits['floors'][number]

/** A floor of a rule: the metric that it is about, and its limits. */
interface Floor {
  metric: MetricName
  name: string
  min?: number | undefined
  max?: number | undefined
  limits: string
}

function listFloors({ successRate, coordinationScore, responseTimeMs, metric, min, max }: FloorRule): Floor[] {
  const all: Floor[] = [
    { metric: 'successRate', name: 'success rate', min: successRate, limits: `${successRate}` },
    { metric: 'coordinationScore', name: 'coordination score', min: coordinationScore, limits: `${coordinationScore}` },
    { metric: 'responseTime', name: 'median response time', max: responseTimeMs, limits: `${responseTimeMs}` },
  ]
  const further: Floor[] = metric === undefined ? [] : [toFloor(metric, { min, max })]
  return [...all, ...further].filter((floor) => floor.min !== undefined || floor.max !== undefined)
}

function toFloor(metric: MetricName, limits: { min?: number | undefined; max?: number | undefined }): Floor {
  const described = findBuiltInMetric(metric) ?? { label: metric, kind: 'continuous' as const, unit: '' }
  return { metric, name: described.label, ...limits, limits: describeBound(limits, described) }
}

/**
 * Why the limits forbid keeping a change, given these values of both arms, as a clause; undefined if they do not.
 * An agent that already violates a floor may be changed as long as the change does not make it worse. A missing figure of the
 * candidates violates every floor, unless the control lacks it too and it was not measured before the trial either; so does a change
 * without any measurement.
 */
export function findFloorViolation(
  limits: Limits,
  agent: { agentId: string; kind: string },
  measured: ArmMetrics | null,
): string | undefined {
  for (const floor of limits.floors.filter((rule) => ruleAppliesTo(rule, agent)).flatMap(listFloors)) {
    if (!measured) return `nothing was measured, and ${agent.agentId} has a floor for its ${floor.name}`
    const candidate = getMetricLevel(floor.metric, measured.after)
    const control = getMetricLevel(floor.metric, measured.before)
    if (candidate === null && control === null && !measured.stopped?.includes(floor.metric)) continue
    if (candidate === null || !holds(floor, candidate, control))
      return `with the change, the ${floor.name} of ${agent.agentId} was ${candidate ?? 'not reported'}; the floor is ${floor.limits}`
  }
  return undefined
}

/** Whether a value is within the floor, or no further beyond it than the control's. */
function holds({ min = -Infinity, max = Infinity }: Floor, candidate: number, control: number | null): boolean {
  const isNoLower = candidate >= min || (control !== null && candidate >= control)
  const isNoHigher = candidate <= max || (control !== null && candidate <= control)
  return isNoLower && isNoHigher
}
