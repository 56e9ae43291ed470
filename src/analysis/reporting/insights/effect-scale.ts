/** The scale on which effects of knobs add up: the log of the speed-up for times, points for rates and scores. */
import type { JudgedMetric } from '../../../model/knob.ts'
import { roundToDecimals } from '../../statistics/rounding.ts'

export interface EffectScale {
  /** Standard deviation of the effect of a knob over its whole range, before any trial. */
  prior: number
  /** Standard deviations: of a knob's real effect from a straight line, and of one agent of a kind from another. */
  misfit: number
  betweenAgents: number
  /** The smallest effect that matters (`docs/how-a-trial-works.md`). */
  worthHaving: number
  /** From an improvement in percent or points, and back. */
  toScale(improvement: number): number
  fromScale(effect: number): number
}

/** A trial's percentage never reaches 100, but its interval may. */
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
