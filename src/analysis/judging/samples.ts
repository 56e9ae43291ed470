import { OptimizerError } from '../../model/errors.ts'
import type { MetricKindAndDirection } from '../../model/metric.ts'
import type { Arm, ArmSamples, Sample } from '../../model/trial.ts'

/**
 * The statistic on which the effect on a quantity is measured: the mean of clipped logs, which is the typical value; the median; or the
 * mean, where the total is what matters, such as for costs.
 */
export type EffectSummary = 'clipped-mean' | 'median' | 'mean'

/** The metric that is judged. */
export interface JudgedMetric extends MetricKindAndDirection {
  /** Its name in reasons. */
  name: string
  /** Whether a quantity whose mean is judged may be below 0 in a single sample, such as a sum in which gains are subtracted. */
  isSigned?: boolean
}

/** A finished block of a switchback trial: the arm that the instances ran as, from one moment until just before another (ms). */
export interface SwitchbackBlock {
  arm: Arm
  from: number
  to: number
}

/** All data at a look. */
export interface LookSamples extends ArmSamples {
  /** Requests that started since the change and have not finished: `value` is their age so far. Only for times. */
  inFlight?: ArmSamples
  /** For the design `switchback`: in chronological order, in pairs of one block of each arm, in random order within the pair. */
  blocks?: readonly SwitchbackBlock[]
}

/** A filter for the period that two series share; each must be in chronological order. */
export function createSharedPeriodFilter(
  a: readonly { at: number }[],
  b: readonly { at: number }[],
): (moment: { at: number }) => boolean {
  const start = Math.max(a[0]?.at ?? Infinity, b[0]?.at ?? Infinity)
  const end = Math.min(a.at(-1)?.at ?? -Infinity, b.at(-1)?.at ?? -Infinity)
  return ({ at }) => at >= start && at <= end
}

/** If more than this share of an arm is unusable, the rest does not represent it. */
export const MAX_EXCLUDED_SHARE = 0.2

export interface AdmittedSamples {
  arms: ArmSamples
  /** Number of unusable samples. */
  excluded: number
  /** Whether too many samples of an arm are unusable. */
  spoiled: boolean
  /** The value that a quantity of 0 counts as, undefined if there is no larger value to tell it from. */
  zero: number | undefined
}

/**
 * Usable samples in chronological order, converted so that more is worse (a time, or 1 for a failure); values whose mean is judged are
 * left as they are. A quantity of 0 has no logarithm: it counts as half of the smallest value above it, because clocks round down.
 * Omitted and counted: values that are not finite, or `per` such a number, proportions that are not from 0 to 1, and quantities below 0 unless they are signed.
 * @param zero of the history, so that its zeros and those since the change are equal
 * @throws OptimizerError `unusable-samples` if an arm is missing, or a sample has no time or no instance
 */
export function admitSamples(samples: ArmSamples, metric: JudgedMetric, summary?: EffectSummary, zero?: number): AdmittedSamples {
  for (const arm of ['control', 'candidate'] as const) assertSamples(samples[arm], metric)
  const { control, candidate } = samples
  const smallest = zero ?? findZero([...control, ...candidate])
  const admitted = (list: readonly Sample[]) => admit(list, metric, summary, smallest ?? 1)
  const arms = { control: admitted(control), candidate: admitted(candidate) }
  const excluded = { control: control.length - arms.control.length, candidate: candidate.length - arms.candidate.length }
  return {
    arms,
    excluded: excluded.control + excluded.candidate,
    spoiled: excluded.control > MAX_EXCLUDED_SHARE * control.length || excluded.candidate > MAX_EXCLUDED_SHARE * candidate.length,
    zero: smallest,
  }
}

function findZero(samples: readonly Sample[]): number | undefined {
  let smallest = Number.POSITIVE_INFINITY
  for (const { value } of samples) if (value > 0 && value < smallest) smallest = value
  return smallest < Number.POSITIVE_INFINITY ? smallest / 2 : undefined
}

/** Requests in flight, checked likewise. */
export function admitInFlightSamples(inFlight: ArmSamples, metric: JudgedMetric): ArmSamples {
  if (metric.kind === 'proportion' || metric.direction === 'higher')
    throw new OptimizerError(
      'unusable-samples',
      `Requests in flight are supported only for metrics of time; omit them for ${metric.name}`,
    )
  return admitSamples(inFlight, metric).arms
}

function assertSamples(samples: unknown, { name }: JudgedMetric): void {
  if (!Array.isArray(samples))
    throw new OptimizerError(
      'unusable-samples',
      `Samples of ${name} are missing; pass an array for each arm, even if it is empty`,
    )
  for (const sample of samples as readonly Sample[]) {
    if (!Number.isFinite(sample.at))
      throw new OptimizerError('unusable-samples', `A sample of ${name} has no time; give every sample its time in milliseconds`)
    if (typeof sample.instance !== 'string')
      throw new OptimizerError('unusable-samples', `A sample of ${name} has no instance; name the instance it comes from`)
  }
}

function admit(
  samples: readonly Sample[],
  { direction, kind, isSigned }: JudgedMetric,
  summary: EffectSummary | undefined,
  zero: number,
): Sample[] {
  const isMean = kind === 'continuous' && summary === 'mean'
  const usable = (v: number) => (v >= 0 || (isMean && isSigned === true)) && (kind === 'proportion' ? v <= 1 : Number.isFinite(v))
  const hasUnit = ({ per = 1 }: Sample) => Number.isFinite(per) && per >= 0
  const inverted = (v: number) => (kind === 'continuous' ? 1 / v : 1 - v)
  const cost = direction === 'lower' || isMean ? (v: number) => v : inverted
  const positive = kind === 'continuous' && !isMean ? (v: number) => v || zero : (v: number) => v
  return samples
    .filter((sample) => usable(sample.value) && hasUnit(sample))
    .map((sample) => {
      const value = cost(positive(sample.value))
      return value === sample.value ? sample : { ...sample, value }
    })
    .sort((a, b) => a.at - b.at)
}
