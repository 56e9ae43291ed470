import type { Arm, ArmSamples, Sample } from '../../model/trial.ts'
import { sumEstimates } from '../statistics/interval.ts'
import { normalCdf, normalQuantile } from '../statistics/normal.ts'
import { computeQuantileLimits, mean, quantileOfSorted, sortAscending } from '../statistics/summaries.ts'
import { computeAutocovariances, fitAutoregressiveNoise } from './autocorrelation.ts'
import type { EffectEstimate } from './effect.ts'
import { estimatePairedNoise } from './paired-noise.ts'
import { fitReferencesWithoutHistory } from './reference.ts'
import { fitUsualLogValues, winsorize } from './usual-log-values.ts'

/** The log of a ratio of quantiles, and its limits `z` standard errors out: infinite if there are too few data to set one. */
export interface QuantileRatio {
  estimate: number
  interval(z: number): [low: number, high: number]
}

interface Quantile {
  value: number
  limits(z: number): [low: number, high: number]
}

const ORDER = 3
export const MEDIAN = 0.5

/**
 * A quantile of the candidate over that of the control, corrected for how the instances differed before: medians by the mean logs of their
 * histories, other quantiles by the same quantiles, because the slow tail of an instance may differ where its usual times do not. The limits of each
 * quantile come from inverting its distribution function (Woodruff 1952), so they hold for any shape of distribution, with two
 * modes for instance; they are combined by recovering variances from limits (MOVER, Zou & Donner 2008).
 * @param share 0–1; 0.5 for the median
 */
export function fitQuantileRatio(history: ArmSamples, share: number): (since: ArmSamples) => QuantileRatio {
  const expected = fitUsualLogValues(history)
  const relative = (samples: readonly Sample[]) => samples.map((sample) => Math.log(sample.value) - expected.of(sample))
  const before = { control: relative(history.control), candidate: relative(history.candidate) }
  const noiseOf = (score: (logs: readonly number[]) => number[]) => {
    const series = (arm: Arm) => ({ at: history[arm].map((sample) => sample.at), score: score(before[arm]) })
    return estimatePairedNoise(series('control'), series('candidate'), ORDER)
  }
  const ofShares = noiseOf((logs) => {
    const threshold = quantileOfSorted(sortAscending(logs), share)
    return logs.map((log) => Number(log > threshold))
  })
  const ofMeans = noiseOf(winsorize)
  const usual = (arm: Arm): Quantile =>
    share === MEDIAN
      ? { value: 0, limits: (z) => [-z * Math.sqrt(ofMeans[arm].ofHistory), z * Math.sqrt(ofMeans[arm].ofHistory)] }
      : quantileOf(before[arm], share, Math.max(ofShares[arm].ofHistory, minNoise(history[arm], share)))
  const correction = [usual('candidate'), usual('control')] as const
  return (since) => {
    const present = (arm: Arm) =>
      quantileOf(relative(since[arm]), share, Math.max(ofShares[arm].ofMean(since[arm].length), minNoise(since[arm], share)))
    return combine(present('candidate'), present('control'), correction)
  }
}

/** The same uncorrected, each arm's noise estimated from its own samples. */
export function estimateQuantileRatio(since: ArmSamples, share: number): QuantileRatio {
  const references = fitReferencesWithoutHistory(since)
  const present = (arm: Arm) => {
    const logs = since[arm].map(references[arm].residual)
    const threshold = quantileOfSorted(sortAscending(logs), share)
    // Where many values equal the quantile, the shares above it and from it on differ, and either may decide where the quantile is.
    const noises = [logs.map((log) => Number(log > threshold)), logs.map((log) => Number(log >= threshold))].map(noiseOfShare)
    return quantileOf(logs, share, Math.max(...noises, minNoise(since[arm], share)))
  }
  return combine(present('candidate'), present('control'))
}

function noiseOfShare(events: readonly number[]): number {
  const centre = mean(events)
  const deviations = events.map((event) => event - centre)
  return fitAutoregressiveNoise(computeAutocovariances(deviations, ORDER)).ofMean(events.length)
}

/** Tied values make shares look more certain than they are; this is a quarter of the variance of independent values. */
const minNoise = ({ length }: readonly Sample[], share: number) => (share * (1 - share)) / (4 * length)

/** @param noise variance of the share of values above the true quantile */
function quantileOf(values: readonly number[], share: number, noise: number): Quantile {
  const ascending = sortAscending(values)
  return {
    value: quantileOfSorted(ascending, share),
    limits: (z) => computeQuantileLimits(ascending, share, z * Math.sqrt(noise)),
  }
}

/** @param usual of the same arms before */
function combine(over: Quantile, under: Quantile, usual?: readonly [over: Quantile, under: Quantile]): QuantileRatio {
  const parts = [
    { quantile: over, sign: 1 },
    { quantile: under, sign: -1 },
  ]
  if (usual) parts.push({ quantile: usual[1], sign: 1 }, { quantile: usual[0], sign: -1 })
  const estimate = parts.reduce((sum, { quantile, sign }) => sum + sign * quantile.value, 0)
  const interval = (z: number) =>
    sumEstimates(
      parts.map(({ quantile: { value, limits }, sign }) => {
        const [low, high] = limits(z)
        return { estimate: sign * value, interval: sign > 0 ? [low, high] : [-high, -low] }
      }),
    ).interval
  return { estimate, interval }
}

/** Standard errors at which no p-value matters any more. */
const FAR = 6

/** A ratio as an effect, by the levels at which its limits exclude none. */
export function toEffectEstimate({ estimate, interval }: QuantileRatio): EffectEstimate {
  const excludes = (z: number) => (estimate > 0 ? interval(z)[0] > 0 : interval(z)[1] < 0)
  let [none, all] = [0, FAR]
  for (let i = 0; i < 20 && estimate !== 0; i++) {
    const z = (none + all) / 2
    if (excludes(z)) none = z
    else all = z
  }
  const p = normalCdf(-none)
  return {
    estimate,
    harm: estimate > 0 ? p : 1 - p,
    gain: estimate < 0 ? p : 1 - p,
    interval: (level) => interval(-normalQuantile(level)),
  }
}
