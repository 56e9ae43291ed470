/** What agents' authors declare of their knobs, as the tuner takes it. */
import type { JudgedMetric, Knob, KnobValue, KnobValues } from '../../../model/knob.ts'
import { type Direction, findDeclaredDirection, positionOnScale, stepTowardBound } from '../../../model/knob-scale.ts'
import type { Observation } from '../../tuning/index.ts'

/** How far a knob is thought to have been turned, as a share of the way to its bound. */
const SHARE = 0.4

interface Effect {
  /** What is gained: a share of a time, or points (0–1) of a rate. */
  gain: number
  /** Standard error of that. */
  error: number
}
/** What the metric is thought to gain by a step the way that is declared to help. */
const helping: Record<JudgedMetric, Effect> = {
  responseTime: { gain: 0.25, error: 0.12 },
  successRate: { gain: 0.08, error: 0.04 },
  coordinationScore: { gain: 0.08, error: 0.04 },
}
/** By a step of a knob that is declared to affect it, nobody knows which way. */
const unknown: Record<JudgedMetric, Effect> = {
  responseTime: { gain: 0, error: 0.12 },
  successRate: { gain: 0, error: 0.04 },
  coordinationScore: { gain: 0, error: 0.04 },
}
/** By a step of a knob that is not declared to affect it, and by none. */
const none: Record<JudgedMetric, Effect> = {
  responseTime: { gain: 0, error: 0.03 },
  successRate: { gain: 0, error: 0.02 },
  coordinationScore: { gain: 0, error: 0.02 },
}

/**
 * Declarations as if another agent had tried one step of each knob the way that is declared to help, and had measured badly:
 * the first trials follow them, later ones overrule them.
 * @param metrics what has to improve, and what must not be spoilt
 * @param level what the present configuration shows of a metric: ms, or a rate 0–1
 */
export function createDeclaredObservations(
  knobs: readonly Knob[],
  current: KnobValues,
  metrics: readonly [JudgedMetric, ...JudgedMetric[]],
  level: (metric: JudgedMetric) => number,
): Observation[] {
  const observed = (configuration: KnobValues, of: (metric: JudgedMetric) => Effect): Observation => ({
    configuration,
    agent: 'as declared',
    metrics: Object.fromEntries(metrics.map((metric) => [metric, measurement(metric, level(metric), of(metric))])),
  })
  const steps = knobs.flatMap((knob) =>
    stepsOf(knob, metrics[0], current[knob.name]!).map(({ to, direction }) =>
      observed({ ...current, [knob.name]: to }, (metric) =>
        effectOf(knob, metric, isUsedUp(knob, metrics[0], current[knob.name]!) ? undefined : direction),
      ),
    ),
  )
  return [observed(current, (metric) => none[metric]), ...steps]
}

/** Whether a knob stands, by more than its default, at the end of its scale that is declared to be the best. */
export function isAtDeclaredOptimum(knob: Knob, metric: JudgedMetric, value: KnobValue): boolean {
  const way = findDeclaredDirection(knob, metric)
  return (
    way !== undefined &&
    knob.type !== 'order' &&
    isUsedUp(knob, metric, value) &&
    stepTowardBound(knob, value, way, SHARE) === undefined
  )
}

interface Step {
  to: KnobValue
  /** Undefined where the values stand in no row. */
  direction: Direction | undefined
}

/** A declaration speaks of the default: of what lies beyond, once a knob was taken further that way, it says nothing. */
function isUsedUp(knob: Knob, metric: JudgedMetric, value: KnobValue): boolean {
  const way = findDeclaredDirection(knob, metric)
  if (way === undefined || knob.type === 'order') return false
  return way * (positionOnScale(knob, value) - positionOnScale(knob, knob.default)) > 0
}

/** A step the way that helps, or the other one from the end of the scale; where there is no way, the most different order, every other value. */
function stepsOf(knob: Knob, target: JudgedMetric, from: KnobValue): Step[] {
  const way = findDeclaredDirection(knob, target)
  if (knob.type === 'order') return [{ to: (from as string[]).toReversed(), direction: undefined }]
  if (knob.type === 'enum' && way === undefined)
    return knob.values.filter((value) => value !== from).map((to) => ({ to, direction: undefined }))
  const ways: Direction[] = way === -1 ? [-1, 1] : [1, -1]
  const steps = ways.map((direction) => ({ to: stepTowardBound(knob, from, direction, SHARE), direction }))
  return steps.flatMap(({ to, direction }) => (to === undefined ? [] : [{ to, direction }])).slice(0, 1)
}

function effectOf(knob: Knob, metric: JudgedMetric, direction: Direction | undefined): Effect {
  if (!knob.affects.some((affected) => affected.metric === metric)) return none[metric]
  const helps = findDeclaredDirection(knob, metric)
  if (helps === undefined || direction === undefined) return unknown[metric]
  const { gain, error } = helping[metric]
  return { gain: helps === direction ? gain : -gain, error }
}

function measurement(metric: JudgedMetric, level: number, { gain, error }: Effect) {
  if (metric === 'responseTime') return { value: level * (1 - gain), standardError: level * error }
  return { value: Math.min(1, Math.max(0, level + gain)), standardError: error }
}
