import type { Arm, ArmSamples, Sample } from '../../model/trial.ts'
import { sumEstimates } from '../statistics/interval.ts'
import { clamp, mean, median, medianOfSorted, sortAscending } from '../statistics/summaries.ts'
import { autocovariances, fitAutoregressiveNoise } from './autocorrelation.ts'
import { estimatePairedNoise } from './paired-noise.ts'
import { MIN_INSTANCE_SAMPLES } from './reference.ts'

/** The log of a ratio of medians, and its limits `z` standard errors out: infinite if there are too few data to set one. */
export interface MedianRatio {
  estimate: number
  interval(z: number): [low: number, high: number]
}

interface Median {
  value: number
  limits(z: number): [low: number, high: number]
}

const ORDER = 3
/** Logs of an instance's history are clipped to these of its quantiles. */
const WINSORIZED = 0.05

/**
 * Candidate's median over the control's, corrected for how the instances' mean logs differed before. The limits of each median
 * come from inverting its distribution function (Woodruff 1952), so they hold for any shape of distribution, with two
 * modes for instance; they are combined by recovering variances from limits (MOVER, Zou & Donner 2008).
 */
export function fitMedianRatio(history: ArmSamples): (since: ArmSamples) => MedianRatio {
  const relative = { control: relativeToInstance(history.control), candidate: relativeToInstance(history.candidate) }
  const before = { control: relative.control(history.control), candidate: relative.candidate(history.candidate) }
  const noiseOf = (score: (logs: readonly number[]) => number[]) => {
    const series = (arm: Arm) => ({ at: history[arm].map((sample) => sample.at), score: score(before[arm]) })
    return estimatePairedNoise(series('control'), series('candidate'), ORDER)
  }
  const ofShares = noiseOf((logs) => {
    const centre = median(logs)
    return logs.map((log) => Number(log > centre))
  })
  const ofMeans = noiseOf(winsorize)
  const correction = ofMeans.control.ofHistory + ofMeans.candidate.ofHistory
  return (since) => {
    const present = (arm: Arm) => medianOf(relative[arm](since[arm]), ofShares[arm].ofMean(since[arm].length))
    return combineMedians(present('candidate'), present('control'), correction)
  }
}

/** Candidate's median over the control's, uncorrected, each arm's noise estimated from its own samples. */
export function estimateMedianRatio({ control, candidate }: ArmSamples): MedianRatio {
  return combineMedians(medianOfSeries(candidate), medianOfSeries(control), 0)
}

function medianOfSeries(samples: readonly Sample[]): Median {
  const logs = samples.map((sample) => Math.log(sample.value))
  const centre = median(logs)
  const signs = logs.map((log) => (log > centre ? 0.5 : -0.5))
  return medianOf(logs, fitAutoregressiveNoise(autocovariances(signs, ORDER)).ofMean(logs.length))
}

/** @param noise variance of the share of values above the true median */
function medianOf(values: readonly number[], noise: number): Median {
  const ascending = sortAscending(values)
  const n = ascending.length
  return {
    value: medianOfSorted(ascending),
    limits(z) {
      const reach = z * Math.sqrt(noise)
      return [ascending[Math.floor((0.5 - reach) * n) - 1] ?? -Infinity, ascending[Math.ceil((0.5 + reach) * n)] ?? Infinity]
    },
  }
}

function combineMedians(over: Median, under: Median, correction: number): MedianRatio {
  return {
    estimate: over.value - under.value,
    interval(z) {
      const [underLow, underHigh] = under.limits(z)
      const common = z * Math.sqrt(correction)
      return sumEstimates([
        { estimate: over.value, interval: over.limits(z) },
        { estimate: -under.value, interval: [-underHigh, -underLow] },
        { estimate: 0, interval: [-common, common] },
      ]).interval
    },
  }
}

/** Logs of values, less the mean log of their instance in history. */
function relativeToInstance(history: readonly Sample[]) {
  const meanLog = (samples: readonly Sample[]) => mean(winsorize(samples.map((sample) => Math.log(sample.value))))
  const whole = meanLog(history)
  const known = new Map<string, number>()
  for (const [instance, samples] of Map.groupBy(history, (sample) => sample.instance))
    if (samples.length >= MIN_INSTANCE_SAMPLES) known.set(instance, meanLog(samples))
  return (samples: readonly Sample[]) => samples.map((sample) => Math.log(sample.value) - (known.get(sample.instance) ?? whole))
}

function winsorize(values: readonly number[]): number[] {
  const ascending = sortAscending(values)
  const cut = Math.floor(WINSORIZED * values.length)
  const [low, high] = [ascending[cut]!, ascending[values.length - 1 - cut]!]
  return values.map((value) => clamp(value, low, high))
}
