import type { ArmSamples, Sample } from '../../model/trial.ts'
import { mean } from '../statistics/summaries.ts'

/** The share of each stratum, such as a type of work, among samples. */
export type Mix = ReadonlyMap<string, number>

/** An arm with fewer samples of a stratum than this says nothing about it. */
export const LEAST_OF_STRATUM = 5

/** Strata that are a smaller share than this of every arm are compared together. */
const LEAST_SHARE = 0.05

export const stratumOf = ({ stratum }: Sample) => stratum ?? ''
const hasStrata = (samples: readonly Sample[]) => samples.some(({ stratum }) => stratum !== undefined)
const noStrata: Mix = new Map([['', 1]])

/**
 * Samples whose rare strata are one, because too few samples of each could be compared. Strata that the history has often, or an arm has
 * often since, remain.
 */
export function createStratifier({ control, candidate }: ArmSamples): (samples: ArmSamples) => ArmSamples {
  const known = new Set([...frequentStrata(control), ...frequentStrata(candidate)])
  return (samples) => {
    if (!hasStrata(samples.control) && !hasStrata(samples.candidate)) return samples
    const frequent = new Set([...known, ...frequentStrata(samples.control), ...frequentStrata(samples.candidate)])
    const join = (list: Sample[]) =>
      list.map((sample) => (frequent.has(stratumOf(sample)) ? sample : { ...sample, stratum: undefined }))
    return { control: join(samples.control), candidate: join(samples.candidate) }
  }
}

function frequentStrata(samples: readonly Sample[]): string[] {
  return [...findMix(samples)].flatMap(([stratum, share]) => (share >= LEAST_SHARE ? [stratum] : []))
}

export function findMix(samples: readonly Sample[]): Mix {
  if (!hasStrata(samples)) return noStrata
  const shares = new Map<string, number>()
  for (const sample of samples) shares.set(stratumOf(sample), (shares.get(stratumOf(sample)) ?? 0) + 1 / samples.length)
  return shares
}

/** The mean that samples would have with another mix, and the number of samples of that mix that would be as exact. */
export type Standardize = (mix: Mix) => { mean: number; count: number }

/**
 * Direct standardization (post-stratification; Cochran 1977, ch. 5A): the means of the strata, weighted by another mix. Strata that these
 * samples hardly have are left out.
 */
export function standardize(samples: readonly Sample[]): Standardize {
  if (!hasStrata(samples)) {
    const plain = { mean: mean(samples.map(({ value }) => value)), count: samples.length }
    return () => plain
  }
  const strata = new Map<string, { count: number; sum: number }>()
  let total = 0
  for (const sample of samples) {
    const known = strata.get(stratumOf(sample)) ?? { count: 0, sum: 0 }
    known.count++
    known.sum += sample.value
    total += sample.value
    strata.set(stratumOf(sample), known)
  }
  const plain = { mean: samples.length > 0 ? total / samples.length : 0, count: samples.length }
  if (strata.size <= 1) return () => plain
  return (mix) => {
    let weights = 0
    let sum = 0
    let squares = 0
    for (const [stratum, weight] of mix) {
      const own = strata.get(stratum)
      if (!own || own.count < LEAST_OF_STRATUM) continue
      weights += weight
      sum += (weight * own.sum) / own.count
      squares += weight ** 2 / own.count
    }
    return weights > 0 ? { mean: sum / weights, count: weights ** 2 / squares } : plain
  }
}

/**
 * The share of the candidate's samples in strata that the control has hardly had, before or since: nothing can be compared with them.
 * @param past the control's history
 */
export function createCounterpartMeter(past: readonly Sample[]): (since: ArmSamples) => number {
  const before = Map.groupBy(past, stratumOf)
  return ({ control, candidate }) => {
    if (!hasStrata(candidate) && !hasStrata(past)) return 0
    const now = Map.groupBy(control, stratumOf)
    const countOf = (stratum: string) => (before.get(stratum)?.length ?? 0) + (now.get(stratum)?.length ?? 0)
    const unmatched = candidate.filter((sample) => countOf(stratumOf(sample)) < LEAST_OF_STRATUM)
    return unmatched.length / Math.max(1, candidate.length)
  }
}
