import { mean } from '../statistics/summaries.ts'
import { computeAutocovariances, fitAutoregressiveNoise, type Noise } from './autocorrelation.ts'

/** A score per sample, in chronological order. */
export interface ScoreSeries {
  at: readonly number[]
  score: readonly number[]
}

/** How far the arms' means scatter when nothing is changed, without movements common to both arms. */
export interface PairedNoise {
  control: ArmNoise
  candidate: ArmNoise
  /** Variance, over blocks of the history, of movements common to both arms. */
  common: number
  noise: Noise
  /** Number of time bins: the size of the history in samples of the slower arm. */
  bins: number
  /** Degrees of freedom of the noise: a long-run variance from an autoregression of order p has about bins / (2p + 1). */
  degrees: number
}
export interface ArmNoise {
  /** Variance of the mean of `n` samples of this arm. */
  ofMean(n: number): number
  /** Variance of the arm's mean over the whole history. */
  ofHistory: number
}

export const MIN_DEGREES_OF_FREEDOM = 6
/** Number of blocks used to find a common movement. */
const BLOCKS = 20

/**
 * Noise of the difference of two arms whose samples arrive at different times and rates. Time is cut into bins that
 * hold about one sample of the slower arm; per bin, deviations from the arm's mean are summed and divided by the arm's mean
 * count (the linearised ratio estimator, Cochran 1977, ch. 6), so that an empty bin adds nothing and arms in step reduce to pairs.
 */
export function estimatePairedNoise(control: ScoreSeries, candidate: ScoreSeries, order: number): PairedNoise {
  const start = Math.max(control.at[0]!, candidate.at[0]!)
  const end = Math.min(control.at.at(-1)!, candidate.at.at(-1)!)
  const bins = Math.max(2, Math.min(control.at.length, candidate.at.length))
  const width = (end - start) / (bins - 1) || 1
  const a = binSeries(control, start, width, bins)
  const b = binSeries(candidate, start, width, bins)
  const difference = b.values.map((value, i) => value - a.values[i]!)
  const noise = fitAutoregressiveNoise(computeAutocovariances(difference, order))
  const power = (values: readonly number[]) => values.reduce((sum, value) => sum + value * value, 0)
  const total = power(a.values) + power(b.values)
  const share = total > 0 ? power(b.values) / total : 0.5
  const arm = (portion: number, rate: number, count: number): ArmNoise => ({
    ofMean: (n) => portion * noise.ofMean(n / rate),
    ofHistory: (portion * noise.longRunVariance * rate) / Math.max(count, 1),
  })
  return {
    control: arm(1 - share, a.rate, control.at.length),
    candidate: arm(share, b.rate, candidate.at.length),
    common: commonVariance(a.values, b.values),
    noise,
    bins,
    degrees: Math.max(MIN_DEGREES_OF_FREEDOM, bins / (2 * order + 1)),
  }
}

function binSeries({ at, score }: ScoreSeries, start: number, width: number, bins: number) {
  const centre = mean(score)
  const values = new Array<number>(bins).fill(0)
  let count = 0
  for (let i = 0; i < at.length; i++) {
    const bin = Math.floor((at[i]! - start) / width + 1e-6)
    if (bin < 0 || bin >= bins) continue
    values[bin]! += score[i]! - centre
    count++
  }
  const rate = Math.max(count / bins, 1e-9)
  return { values: values.map((value) => value / rate), rate }
}

/** Covariance of the arms' block means, if positive. */
function commonVariance(a: readonly number[], b: readonly number[]): number {
  const length = Math.floor(a.length / BLOCKS)
  if (length < 1) return 0
  const blocks = (values: readonly number[]) =>
    Array.from({ length: BLOCKS }, (_, i) => mean(values.slice(i * length, (i + 1) * length)))
  const x = blocks(a)
  const y = blocks(b)
  const [mx, my] = [mean(x), mean(y)]
  return Math.max(0, mean(x.map((value, i) => (value - mx) * (y[i]! - my))))
}
