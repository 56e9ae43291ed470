import { OptimizerError } from '../../model/errors.ts'
import type { MetricTraits } from '../../model/metric.ts'
import type { Arm, ArmSamples, Sample } from '../../model/trial.ts'

/** The metric that is judged. */
export interface Metric extends MetricTraits {
  /** As it is called in reasons. */
  name: string
}

/**
 * A finished block of a switchback trial: the arm that the instances ran as, from one moment until just before another (ms).
 * Library only (`JudgeOptions.design`).
 */
export interface SwitchbackBlock {
  arm: Arm
  from: number
  to: number
}

/** All that is known at a look. */
export interface LookSamples extends ArmSamples {
  /**
   * Requests that began since the change and have not finished: `value` is their age so far. Only for times. Library only: agents do
   * not report them yet.
   */
  inFlight?: ArmSamples
  /** For the design `switchback`: in the order of time, two and two a pair with one block of each arm, at random which first. */
  blocks?: readonly SwitchbackBlock[]
}

/** A filter for the period that two series share; each must be in the order of time. */
export function createSharedPeriodFilter(
  a: readonly { at: number }[],
  b: readonly { at: number }[],
): (moment: { at: number }) => boolean {
  const start = Math.max(a[0]?.at ?? Infinity, b[0]?.at ?? Infinity)
  const end = Math.min(a.at(-1)?.at ?? -Infinity, b.at(-1)?.at ?? -Infinity)
  return ({ at }) => at >= start && at <= end
}

/** More of an arm than this share unusable, and the rest cannot speak for it. */
const MOST_EXCLUDED = 0.2

export interface AdmittedSamples {
  arms: ArmSamples
  /** How many samples were left out. */
  excluded: number
  /** Too many of an arm were. */
  spoiled: boolean
}

/**
 * Samples fit to be judged, in the order of time, turned so that more is worse (a time, or 1 for a failure).
 * Left out and counted: values that are not finite, continuous values that are not positive, proportions other than 0 and 1.
 * @throws OptimizerError `unusable-samples` when an arm is missing, or a sample has no time or no instance
 */
export function admitSamples({ control, candidate }: ArmSamples, metric: Metric): AdmittedSamples {
  const arms = { control: admit(control, metric), candidate: admit(candidate, metric) }
  const excluded = { control: control.length - arms.control.length, candidate: candidate.length - arms.candidate.length }
  return {
    arms,
    excluded: excluded.control + excluded.candidate,
    spoiled: excluded.control > MOST_EXCLUDED * control.length || excluded.candidate > MOST_EXCLUDED * candidate.length,
  }
}

/** Requests in flight, checked likewise. */
export function admitInFlightSamples(inFlight: ArmSamples, metric: Metric): ArmSamples {
  if (metric.kind === 'proportion' || metric.direction === 'higher')
    throw new OptimizerError('unusable-samples', `Requests in flight tell of times only; leave them out for ${metric.name}`)
  return admitSamples(inFlight, metric).arms
}

function admit(samples: readonly Sample[], { direction, kind, name }: Metric): Sample[] {
  if (!Array.isArray(samples))
    throw new OptimizerError('unusable-samples', `Samples of ${name} are missing; give an array for each arm, empty if need be`)
  for (const sample of samples as readonly Sample[]) {
    if (!Number.isFinite(sample.at))
      throw new OptimizerError('unusable-samples', `A sample of ${name} has no time; give every sample its time in milliseconds`)
    if (typeof sample.instance !== 'string')
      throw new OptimizerError('unusable-samples', `A sample of ${name} has no instance; name the instance that it comes from`)
  }
  const usable = kind === 'continuous' ? (v: number) => Number.isFinite(v) && v > 0 : (v: number) => v === 0 || v === 1
  const cost = direction === 'lower' ? (v: number) => v : kind === 'continuous' ? (v: number) => 1 / v : (v: number) => 1 - v
  return samples
    .filter((sample) => usable(sample.value))
    .map((sample) => ({ ...sample, value: cost(sample.value) }))
    .sort((a, b) => a.at - b.at)
}
