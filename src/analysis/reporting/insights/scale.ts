/** The scale on which effects of knobs add up: the log of the speed-up for times, points for rates and scores. */
import type { JudgedMetric } from '../../../model/knob.ts'
import { rounded } from '../../statistics/rounding.ts'

export interface Scale {
  /** Standard deviation of what a knob does over its whole range, before any trial. */
  prior: number
  /** How far a straight line misses what a knob really does, and one agent of a kind another: standard deviations. */
  misfit: number
  betweenAgents: number
  /** The least effect that is worth having (`docs/how-a-trial-works.md`). */
  worthHaving: number
  /** From an improvement in percent or points, and back. */
  of(improvement: number): number
  back(effect: number): number
}

/** A trial's percentage never reaches 100; its interval may claim so. */
const smallestRatio = 0.001

const times: Scale = {
  prior: 0.5,
  misfit: 0.05,
  betweenAgents: 0.15,
  worthHaving: -Math.log(1 - 0.05),
  of: (percent) => -Math.log(Math.max(smallestRatio, 1 - percent / 100)),
  back: (speedUp) => rounded((1 - Math.exp(-speedUp)) * 100),
}

const points: Scale = {
  prior: 15,
  misfit: 2,
  betweenAgents: 5,
  worthHaving: 2,
  of: (value) => value,
  back: (value) => rounded(value),
}

export const scaleOf = (metric: JudgedMetric): Scale => (metric === 'responseTime' ? times : points)
