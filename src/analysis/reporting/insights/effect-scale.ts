/** The scale on which effects of knobs add up: the log of the speed-up for times, points for rates and scores. */
import type { JudgedMetric } from '../../../model/knob.ts'
import { roundToDecimals } from '../../statistics/rounding.ts'

export interface EffectScale {
  /** Standard deviation of what a knob does over its whole range, before any trial. */
  prior: number
  /** How far a straight line misses what a knob really does, and one agent of a kind another: standard deviations. */
  misfit: number
  betweenAgents: number
  /** The least effect that is worth having (`docs/how-a-trial-works.md`). */
  worthHaving: number
  /** From an improvement in percent or points, and back. */
  toScale(improvement: number): number
  fromScale(effect: number): number
}

/** A trial's percentage never reaches 100; its interval may claim so. */
const smallestRatio = 0.001

const times: EffectScale = {
  prior: 0.5,
  misfit: 0.05,
  betweenAgents: 0.15,
  worthHaving: -Math.log(1 - 0.05),
  toScale: (percent) => -Math.log(Math.max(smallestRatio, 1 - percent / 100)),
  fromScale: (speedUp) => roundToDecimals((1 - Math.exp(-speedUp)) * 100),
}

const points: EffectScale = {
  prior: 15,
  misfit: 2,
  betweenAgents: 5,
  worthHaving: 2,
  toScale: (value) => value,
  fromScale: (value) => roundToDecimals(value),
}

export const getEffectScale = (metric: JudgedMetric): EffectScale => (metric === 'responseTime' ? times : points)
