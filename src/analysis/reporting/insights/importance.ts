import normalCdf from '@stdlib/stats-base-dists-normal-cdf'
import type { FinishedTrial } from '../../../model/finished-trial.ts'
import { isSameValue, type JudgedMetric, type Knob, type KnobValue } from '../../../model/knob.ts'
import { positionOnScale } from '../../../model/knob-scale.ts'
import { type Coefficient, fitLinearModel, type LinearObservation } from '../../statistics/linear-model.ts'
import { type EffectScale, getEffectScale } from './effect-scale.ts'

/** How much one knob matters for one metric of one agent. */
export interface KnobImportance {
  knob: string
  /** Trials that changed it and measured something: on this agent, and on others of its kind. */
  trials: { own: number; ofKind: number }
  /** Improvement from raising it over its whole range: percent for times, points for rates and scores. */
  effect: number
  /** 80%. */
  interval: [low: number, high: number]
  /** Probability that `effect` has the right sign: from 0.5, where nothing is known, to 1. */
  certainty: number
  /** Effect and its standard deviation on the scale of the model, for further calculation. */
  coefficient: Coefficient
}

/** Half widths of the 95% and 80% intervals of a normal distribution, in standard errors. */
const [to95, to80] = [1.96, 1.2816]

/**
 * The importance of each knob for a metric, from the recorded trials, the most important first: a Bayesian linear model
 * (`fitLinearModel`) of their effects over how far each knob was turned, as a share of its range on its scale. Knobs turned together
 * share the effect and its uncertainty. The noise of a trial is that of its interval; a trial on another agent of the kind counts
 * less. A straight line is a coarse picture of a knob whose optimum is in the middle: it shows the overall trend so far.
 */
export function computeKnobImportance(
  agentId: string,
  metric: JudgedMetric,
  knobs: readonly Knob[],
  trials: readonly FinishedTrial[],
): KnobImportance[] {
  const scale = getEffectScale(metric)
  const relevant = trials.filter((trial) => trial.metric === metric && trial.improvement !== null && trial.interval !== null)
  const observations = relevant.flatMap((trial) => toLinearObservation(trial, agentId, knobs, scale) ?? [])
  const fitted = fitLinearModel(knobs.length, scale.prior, observations)
  return knobs
    .map((knob, index) => {
      const turned = relevant.filter(({ changes }) => changes.some((change) => change.knob === knob.name))
      const own = turned.filter((trial) => trial.agentId === agentId).length
      return { knob: knob.name, trials: { own, ofKind: turned.length - own }, ...described(fitted[index]!, scale) }
    })
    .sort((a, b) => Math.abs(b.coefficient.mean) - Math.abs(a.coefficient.mean))
}

function described(
  coefficient: Coefficient,
  scale: EffectScale,
): Pick<KnobImportance, 'effect' | 'interval' | 'certainty' | 'coefficient'> {
  const { mean, standardDeviation } = coefficient
  const reach = to80 * standardDeviation
  return {
    effect: scale.fromScale(mean),
    interval: [scale.fromScale(mean - reach), scale.fromScale(mean + reach)],
    certainty: normalCdf(Math.abs(mean), 0, Math.max(standardDeviation, Number.MIN_VALUE)),
    coefficient,
  }
}

/** A trial as an observation of the model; undefined where it measured nothing or turned none of these knobs. */
function toLinearObservation(
  trial: FinishedTrial,
  agentId: string,
  knobs: readonly Knob[],
  scale: EffectScale,
): LinearObservation | undefined {
  const { improvement, interval, changes } = trial
  if (improvement === null || interval === null) return undefined
  const x = new Map<number, number>()
  for (const { knob: name, from, to } of changes) {
    const index = knobs.findIndex((knob) => knob.name === name)
    const share = index < 0 ? 0 : computeShareTurned(knobs[index]!, from, to)
    if (share !== 0) x.set(index, share)
  }
  const noise = (scale.toScale(interval[1]) - scale.toScale(interval[0])) / (2 * to95)
  const elsewhere = trial.agentId === agentId ? 0 : scale.betweenAgents
  const variance = noise ** 2 + scale.misfit ** 2 + elsewhere ** 2
  return x.size > 0 && Number.isFinite(variance) ? { x, y: scale.toScale(improvement), variance } : undefined
}

/** How far it was turned, as a share of its range, negative for downwards; any change of an order counts as 1. */
function computeShareTurned(knob: Knob, from: KnobValue, to: KnobValue): number {
  if (knob.type === 'order') return isSameValue(from, to) ? 0 : 1
  return normalizedPosition(knob, to) - normalizedPosition(knob, from)
}

/** The position of a value in its knob's range, 0 to 1. */
export function normalizedPosition(knob: Exclude<Knob, { type: 'order' }>, value: KnobValue): number {
  const [first, last] = ends(knob).map((end) => positionOnScale(knob, end))
  const place = (positionOnScale(knob, value) - first!) / (last! - first!)
  return Number.isFinite(place) ? Math.min(1, Math.max(0, place)) : 0
}

function ends(knob: Exclude<Knob, { type: 'order' }>): [KnobValue, KnobValue] {
  if (knob.type === 'bool') return [false, true]
  return knob.type === 'enum' ? [knob.values[0]!, knob.values.at(-1)!] : [knob.min, knob.max]
}
