/** The declarations of agents' authors about their knobs, in the tuner's input format. */

import type { Knob, KnobValue, KnobValues, NumericKnob } from '../../../model/knob.ts'
import { isNumeric } from '../../../model/knob.ts'
import {
  type Direction,
  findDeclaredDirection,
  getScalePosition,
  type OrdinalKnob,
  stepTowardBound,
} from '../../../model/knob-scale.ts'
import { type Metric, type MetricKind, type MetricName, toMetricKind } from '../../../model/metric.ts'
import { getEffectScale, type MetricEstimate } from '../../statistics/effect-scale.ts'
import { clamp } from '../../statistics/summaries.ts'
import type { Observation } from '../../tuning/index.ts'

/**
 * Assumed size of a step: as a share of the distance to the knob's bound, and its minimum as a share of the whole range. The tuner takes
 * what is close for almost the same, so a gain from less would be lost on it.
 */
const STEP = { share: 0.4, ofRange: 0.2 }

/** Gains of a metric: a share of a quantity, a difference of proportions. */
type Gains = Record<MetricKind, MetricEstimate>

/** Assumed gain from a step in the direction declared to help. */
const helping: Gains = {
  continuous: { value: 0.25, standardError: 0.12 },
  proportion: { value: 0.08, standardError: 0.04 },
}
/** Assumed gain from a step of a knob that is declared to affect the metric in an unknown direction. */
const unknown: Gains = {
  continuous: { value: 0, standardError: 0.12 },
  proportion: { value: 0, standardError: 0.04 },
}
/** Assumed gain from a step of a knob that is not declared to affect the metric, and without a step. */
const none: Gains = {
  continuous: { value: 0, standardError: 0.03 },
  proportion: { value: 0, standardError: 0.02 },
}

/**
 * Declarations as observations, as if another agent had tried one step of each knob in the direction declared to help, and measured it
 * imprecisely: the first trials follow them, later ones override them.
 * @param metrics the target, and the metrics that must not be harmed
 * @param undeclared whether a knob may affect a metric that its author did not declare
 * @param level the figure of a metric under the current configuration: ms, or a rate 0–1
 */
export function createDeclaredObservations(
  knobs: readonly Knob[],
  current: KnobValues,
  metrics: readonly [Metric, ...Metric[]],
  level: (metric: Metric) => number,
  undeclared: 'none' | 'possible' = 'none',
): Observation[] {
  const observed = (configuration: KnobValues, of: (metric: Metric) => MetricEstimate): Observation => ({
    configuration,
    agent: 'as declared',
    metrics: Object.fromEntries(
      metrics.map((metric) => [metric.name, getEffectScale(metric).levelAfter(level(metric), of(metric))]),
    ),
  })
  const steps = knobs.flatMap((knob) =>
    stepsOf(knob, metrics[0].name, current[knob.name]!).map(({ to, direction }) =>
      observed({ ...current, [knob.name]: to }, (metric) =>
        gainBy(knob, metric, isUsedUp(knob, metrics[0].name, current[knob.name]!) ? undefined : direction, undeclared),
      ),
    ),
  )
  return [observed(current, (metric) => none[toMetricKind(metric.kind)]), ...steps]
}

/** Whether the direction that is declared to help leads from a value of a numeric knob away from the middle of its range. */
export function leadsToBound(knob: Knob, metric: MetricName, value: KnobValue): boolean {
  const way = findDeclaredDirection(knob, metric)
  if (way === undefined || !isNumeric(knob)) return false
  const { least, most, at } = locate(knob, value)
  return way * (2 * at - least - most) > 0
}

/** A value of a numeric knob and its bounds, on its scale. */
const locate = (knob: NumericKnob, value: KnobValue) => ({
  least: getScalePosition(knob, knob.min),
  most: getScalePosition(knob, knob.max),
  at: getScalePosition(knob, value),
})

interface Step {
  to: KnobValue
  /** Undefined if the values have no order. */
  direction: Direction | undefined
}

/** A declaration is about the default: once a knob was moved further in that direction, it says nothing about what lies beyond. */
function isUsedUp(knob: Knob, metric: MetricName, value: KnobValue): boolean {
  const way = findDeclaredDirection(knob, metric)
  if (way === undefined || knob.type === 'order') return false
  return way * (getScalePosition(knob, value) - getScalePosition(knob, knob.default)) > 0
}

/** A step in the direction that helps, or the other one at the end of the scale; without directions, the most different order, or every other value. */
function stepsOf(knob: Knob, target: MetricName, from: KnobValue): Step[] {
  const way = findDeclaredDirection(knob, target)
  if (knob.type === 'order') return [{ to: (from as string[]).toReversed(), direction: undefined }]
  if (knob.type === 'enum' && way === undefined)
    return knob.values.filter((value) => value !== from).map((to) => ({ to, direction: undefined }))
  const ways: Direction[] = way === -1 ? [-1, 1] : [1, -1]
  const steps = ways.map((direction) => ({
    to: stepTowardBound(knob, from, direction, shareOf(knob, from, direction)),
    direction,
  }))
  return steps.flatMap(({ to, direction }) => (to === undefined ? [] : [{ to, direction }])).slice(0, 1)
}

function shareOf(knob: OrdinalKnob, from: KnobValue, direction: Direction): number {
  if (!isNumeric(knob)) return STEP.share
  const { least, most, at } = locate(knob, from)
  const left = direction > 0 ? most - at : at - least
  return left > 0 ? clamp((STEP.ofRange * (most - least)) / left, STEP.share, 1) : STEP.share
}

function gainBy(knob: Knob, metric: Metric, direction: Direction | undefined, undeclared: 'none' | 'possible'): MetricEstimate {
  const kind = toMetricKind(metric.kind)
  if (!knob.affects.some((affected) => affected.metric === metric.name)) return undeclared === 'none' ? none[kind] : unknown[kind]
  const helps = findDeclaredDirection(knob, metric.name)
  if (helps === undefined || direction === undefined) return unknown[kind]
  const { value, standardError } = helping[kind]
  return { value: helps === direction ? value : -value, standardError }
}
