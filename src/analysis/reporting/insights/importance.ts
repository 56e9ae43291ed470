import normalCdf from '@stdlib/stats-base-dists-normal-cdf'
import type { TrialRecord } from '../../../model/experience.ts'
import { type JudgedMetric, type Knob, type KnobValue, sameValue } from '../../../model/knob.ts'
import { position } from '../../../model/knob-scale.ts'
import { type Coefficient, coefficients, type Observed } from '../../statistics/linear-model.ts'
import { type Scale, scaleOf } from './scale.ts'

/** How much one knob matters for one metric of one agent. */
export interface KnobImportance {
  knob: string
  /** Trials that turned it and measured something: on this agent, and on others of its kind. */
  trials: { own: number; ofKind: number }
  /** What turning it over its whole range, upwards, would improve: percent for times, points for rates and scores. */
  effect: number
  /** 80 %. */
  interval: [low: number, high: number]
  /** Probability that it works in this direction, upwards or downwards: 0.5 where nothing is known, up to 1. */
  certainty: number
  /** Effect and its standard deviation on the scale of the model, for those who calculate on. */
  coefficient: Coefficient
}

/** Standard errors from the middle of a normal distribution to the ends of its 95 % and 80 %. */
const [to95, to80] = [1.96, 1.2816]

/**
 * How much each knob matters for a metric, by the recorded trials: a Bayesian linear model (`coefficients`) of their effects over how
 * far each knob was turned, as a share of its range on its scale. Knobs turned together share the effect, with the
 * doubt that leaves. A trial's noise is its interval's; one on another agent of the kind counts less. A straight line is a coarse
 * picture of a knob with an optimum in the middle: read it as what the trials so far say on the whole. The most important first.
 */
export function knobImportance(
  agentId: string,
  metric: JudgedMetric,
  knobs: readonly Knob[],
  trials: readonly TrialRecord[],
): KnobImportance[] {
  const scale = scaleOf(metric)
  const relevant = trials.filter((trial) => trial.metric === metric && trial.improvement !== null && trial.interval !== null)
  const observations = relevant.flatMap((trial) => observed(trial, agentId, knobs, scale) ?? [])
  const fitted = coefficients(knobs.length, scale.prior, observations)
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
  scale: Scale,
): Pick<KnobImportance, 'effect' | 'interval' | 'certainty' | 'coefficient'> {
  const { mean, standardDeviation } = coefficient
  const reach = to80 * standardDeviation
  return {
    effect: scale.back(mean),
    interval: [scale.back(mean - reach), scale.back(mean + reach)],
    certainty: normalCdf(Math.abs(mean), 0, Math.max(standardDeviation, Number.MIN_VALUE)),
    coefficient,
  }
}

/** A trial as the model sees it; undefined where it measured nothing, or turned none of these knobs. */
function observed(trial: TrialRecord, agentId: string, knobs: readonly Knob[], scale: Scale): Observed | undefined {
  const { improvement, interval, changes } = trial
  if (improvement === null || interval === null) return undefined
  const x = new Map<number, number>()
  for (const { knob: name, from, to } of changes) {
    const index = knobs.findIndex((knob) => knob.name === name)
    const share = index < 0 ? 0 : shareTurned(knobs[index]!, from, to)
    if (share !== 0) x.set(index, share)
  }
  const noise = (scale.of(interval[1]) - scale.of(interval[0])) / (2 * to95)
  const elsewhere = trial.agentId === agentId ? 0 : scale.betweenAgents
  const variance = noise ** 2 + scale.misfit ** 2 + elsewhere ** 2
  return x.size > 0 && Number.isFinite(variance) ? { x, y: scale.of(improvement), variance } : undefined
}

/** How far it was turned as a share of its range, downwards below 0; any other order counts as the whole. */
function shareTurned(knob: Knob, from: KnobValue, to: KnobValue): number {
  if (knob.type === 'order') return sameValue(from, to) ? 0 : 1
  return placeOf(knob, to) - placeOf(knob, from)
}

/** Where a value stands in its knob's range, 0 to 1. */
export function placeOf(knob: Exclude<Knob, { type: 'order' }>, value: KnobValue): number {
  const [first, last] = ends(knob).map((end) => position(knob, end))
  const place = (position(knob, value) - first!) / (last! - first!)
  return Number.isFinite(place) ? Math.min(1, Math.max(0, place)) : 0
}

function ends(knob: Exclude<Knob, { type: 'order' }>): [KnobValue, KnobValue] {
  if (knob.type === 'bool') return [false, true]
  return knob.type === 'enum' ? [knob.values[0]!, knob.values.at(-1)!] : [knob.min, knob.max]
}
