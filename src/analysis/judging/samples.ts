import { OptimizerError } from '../../model/errors.ts'
import type { Sample } from '../../model/trial.ts'

export interface Metric {
  name: string
  /** Which way is better. */
  direction: 'lower' | 'higher'
  kind: 'continuous' | 'proportion'
}

/**
 * Samples fit to be judged, in the order of time, turned so that more is worse (a time, or 1 for a failure).
 * Left out and counted: values that are not finite, continuous values that are not positive, proportions other than 0 and 1.
 * @throws OptimizerError `unusable-samples` when a time stamp is not a finite number
 */
export function admit(samples: readonly Sample[], { direction, kind, name }: Metric): { admitted: Sample[]; excluded: number } {
  if (samples.some((sample) => !Number.isFinite(sample.at)))
    throw new OptimizerError('unusable-samples', `A sample of ${name} has no time; give every sample its time in milliseconds`)
  const usable = kind === 'continuous' ? (v: number) => Number.isFinite(v) && v > 0 : (v: number) => v === 0 || v === 1
  const cost = direction === 'lower' ? (v: number) => v : kind === 'continuous' ? (v: number) => 1 / v : (v: number) => 1 - v
  const admitted = samples
    .filter((sample) => usable(sample.value))
    .map((sample) => ({ ...sample, value: cost(sample.value) }))
    .sort((a, b) => a.at - b.at)
  return { admitted, excluded: samples.length - admitted.length }
}
