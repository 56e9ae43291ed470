import type { FinishedTrial, KnobChange } from '../../model/finished-trial.ts'
import { isSameValue, type Knob, type KnobValue } from '../../model/knob.ts'
import { getScalePosition } from '../../model/knob-scale.ts'
import { type Metric, type MetricKind, toMetricKind } from '../../model/metric.ts'
import { type EffectScale, getEffectScale } from './effect-scale.ts'
import { computeStandardError } from './interval.ts'
import { type Coefficient, fitLinearModel, type LinearObservation } from './linear-regression.ts'
import { normalCdf, normalQuantile, Z_80 } from './normal.ts'
import { roundToDecimals } from './rounding.ts'
import { clamp } from './summaries.ts'

/** How much one knob matters for one metric of one agent. */
export interface KnobImportance {
  knob: string
  /** Trials that changed it and measured something: on this agent, and on others of its kind. */
  trials: { own: number; ofKind: number }
  /** Improvement from raising it over its whole range: percent for times, points for rates and scores. */
  effect: number
  /** 80%. */
  interval: [low: number, high: number]
  /** Probability that `effect` has the right sign: from 0.5, if nothing is known, to 1. */
  certainty: number
  /** Gain from turning it over its whole range, on the metric's scale (`effect-scale.ts`), for further calculation. */
  coefficient: Coefficient
}

/** Assumptions about knobs before any trial: standard deviations, on the metric's scale. */
interface Assumptions {
  /** Effect of a knob over its whole range. */
  effect: number
  /** Deviation of the real effect from a straight line. */
  misfit: number
  /** Deviation of one agent of a kind from another. */
  betweenAgents: number
}
const assumptions: Record<MetricKind, Assumptions> = {
  continuous: { effect: 0.5, misfit: 0.05, betweenAgents: 0.15 },
  proportion: { effect: 15, misfit: 2, betweenAgents: 5 },
}

/**
 * The importance of each knob for a metric, from the recorded trials, the most important first: a Bayesian linear model
 * (`fitLinearModel`) of their effects over how far each knob was turned, as a share of its range on its scale. Knobs that were only turned
 * together share the effect, and how certain each can be is limited. The noise of a trial is that of its interval; a trial on another agent of the kind counts
 * less. A straight line is a coarse picture of a knob whose optimum is in the middle: it shows the overall trend so far.
 */
export function computeKnobImportance(
  agentId: string,
  metric: Metric,
  knobs: readonly Knob[],
  trials: readonly FinishedTrial[],
): KnobImportance[] {
  const scale = getEffectScale(metric)
  const assumed = assumptions[toMetricKind(metric.kind)]
  const relevant = trials.filter((trial) => trial.metric === metric.name && trial.improvement !== null && trial.interval !== null)
  const observations = relevant.flatMap((trial) => toLinearObservation(trial, agentId, knobs, scale, assumed) ?? [])
  const fitted = fitLinearModel(knobs.length, assumed.effect, observations)
  return knobs
    .map((knob, index) => {
      const turned = relevant.filter(({ changes }) => changes.some((change) => change.knob === knob.name))
      const own = turned.filter((trial) => trial.agentId === agentId).length
      const coefficient = limitCertainty(fitted[index]!, countInseparable(turned))
      return { knob: knob.name, trials: { own, ofKind: turned.length - own }, ...described(coefficient, scale) }
    })
    .sort((a, b) => Math.abs(b.coefficient.mean) - Math.abs(a.coefficient.mean))
}

/** How many knobs all of these trials turned: which of them made the difference, they do not tell. */
function countInseparable([first, ...others]: readonly FinishedTrial[]): number {
  const isInAll = ({ knob }: KnobChange) => others.every(({ changes }) => changes.some((other) => other.knob === knob))
  return first ? first.changes.filter(isInAll).length : 1
}

/**
 * If n knobs were only turned together, the difference is often the work of one alone. If each is as likely as the others to be that one,
 * and nothing is known of the rest, the direction of each is known with a probability of at most ½ + 1 / 2n.
 */
function limitCertainty({ mean, standardDeviation }: Coefficient, n: number): Coefficient {
  if (n <= 1) return { mean, standardDeviation }
  return { mean, standardDeviation: Math.max(standardDeviation, Math.abs(mean) / normalQuantile(0.5 + 0.5 / n)) }
}

function described(
  coefficient: Coefficient,
  { sign, toImprovement: improvement }: EffectScale,
): Pick<KnobImportance, 'effect' | 'interval' | 'certainty' | 'coefficient'> {
  const { mean, standardDeviation } = coefficient
  const reach = Z_80 * standardDeviation
  const told = (gain: number) => roundToDecimals(improvement(sign * gain))
  return {
    effect: told(mean),
    interval: [told(mean - reach), told(mean + reach)],
    certainty: normalCdf(Math.abs(mean), 0, Math.max(standardDeviation, Number.MIN_VALUE)),
    coefficient,
  }
}

/** A trial as an observation of the model; undefined if it measured nothing or turned none of these knobs. */
function toLinearObservation(
  trial: FinishedTrial,
  agentId: string,
  knobs: readonly Knob[],
  { sign, toEffect: effect }: EffectScale,
  { misfit, betweenAgents }: Assumptions,
): LinearObservation | undefined {
  const { improvement, interval, changes } = trial
  if (improvement === null || interval === null) return undefined
  const x = knobs.map(() => 0)
  for (const { knob: name, from, to } of changes) {
    const index = knobs.findIndex((knob) => knob.name === name)
    if (index >= 0) x[index] = computeShareTurned(knobs[index]!, from, to)
  }
  const gain = (told: number) => sign * effect(told)
  const noise = computeStandardError([gain(interval[0]), gain(interval[1])], 'at-every-look')
  const elsewhere = trial.agentId === agentId ? 0 : betweenAgents
  const variance = noise ** 2 + misfit ** 2 + elsewhere ** 2
  return x.some((share) => share !== 0) && Number.isFinite(variance) ? { x, y: gain(improvement), variance } : undefined
}

/** How far it was turned, as a share of its range, negative for downwards; any change of an order counts as 1. */
function computeShareTurned(knob: Knob, from: KnobValue, to: KnobValue): number {
  if (knob.type === 'order') return isSameValue(from, to) ? 0 : 1
  return computeNormalizedPosition(knob, to) - computeNormalizedPosition(knob, from)
}

/** The position of a value in its knob's range, 0 to 1. */
export function computeNormalizedPosition(knob: Exclude<Knob, { type: 'order' }>, value: KnobValue): number {
  const [first, last] = ends(knob).map((end) => getScalePosition(knob, end))
  const place = (getScalePosition(knob, value) - first!) / (last! - first!)
  return Number.isFinite(place) ? clamp(place, 0, 1) : 0
}

function ends(knob: Exclude<Knob, { type: 'order' }>): [KnobValue, KnobValue] {
  if (knob.type === 'bool') return [false, true]
  return knob.type === 'enum' ? [knob.values[0]!, knob.values.at(-1)!] : [knob.min, knob.max]
}
