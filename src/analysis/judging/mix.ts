import type { ArmSamples, Sample } from '../../model/trial.ts'
import { mean } from '../statistics/summaries.ts'

/** The share of each stratum, such as a type of work, among samples. */
export type StratumShares = ReadonlyMap<string, number>

/** An arm with fewer samples of a stratum than this says nothing about it. */
export const MIN_SAMPLES_PER_STRATUM = 5

/** A stratum with fewer samples in the history than this is compared together with others. */
const MIN_KNOWN = 10
/** So is one of a share, or of a sum, that is a smaller share of the history: an arm would have too few of its events. */
const MIN_SHARE = 0.05

/** A value of some kind of work. */
export type StratumValue = Pick<Sample, 'value' | 'stratum'>

export const getStratum = ({ stratum }: Pick<Sample, 'stratum'>) => stratum ?? ''
const hasStrata = (samples: readonly Pick<Sample, 'stratum'>[]) => samples.some(({ stratum }) => stratum !== undefined)
const noStrata: StratumShares = new Map([['', 1]])

/**
 * Samples with rare strata merged into those most alike in the history, because too few samples of each could be compared.
 * Strata that the history does not have remain if they are frequent since.
 * @param scoreOf what is alike
 * @param isSummed whether shares or sums are compared, which takes more of a stratum than a typical value does
 */
export function createStratifier(
  { control, candidate }: ArmSamples,
  scoreOf: (sample: Sample) => number,
  isSummed: boolean,
): (samples: ArmSamples) => ArmSamples {
  const groups = joinRare([...control, ...candidate], scoreOf, isSummed)
  return (samples) => {
    if (!hasStrata(samples.control) && !hasStrata(samples.candidate)) return samples
    const frequent = new Set([...frequentStrata(samples.control), ...frequentStrata(samples.candidate)])
    const groupOf = (stratum: string) => groups.get(stratum) ?? (frequent.has(stratum) ? stratum : undefined)
    const join = (list: Sample[]) => list.map((sample) => ({ ...sample, stratum: groupOf(getStratum(sample)) }))
    return { control: join(samples.control), candidate: join(samples.candidate) }
  }
}

/** The group of each stratum of the history: itself, or the first one of the rare ones that are alike. */
function joinRare(past: readonly Sample[], scoreOf: (sample: Sample) => number, isSummed: boolean): Map<string, string> {
  const least = Math.max(MIN_KNOWN, isSummed ? MIN_SHARE * past.length : 0)
  const strata = [...Map.groupBy(past, getStratum)].map(([name, own]) => ({
    name,
    count: own.length,
    level: mean(own.map(scoreOf)),
  }))
  const groups = new Map(strata.map(({ name }) => [name, name]))
  let group = { name: '', count: least }
  for (const { name, count } of strata.filter((each) => each.count < least).sort((a, b) => a.level - b.level)) {
    if (group.count >= least) group = { name, count: 0 }
    group.count += count
    groups.set(name, group.name)
  }
  return groups
}

/** Tells samples of strata that a history has from those of others, whose usual level is not known. */
export function createKnownStratumFilter({ control, candidate }: ArmSamples): (sample: Sample) => boolean {
  const known = new Set([...control, ...candidate].map(getStratum))
  return (sample) => known.has(getStratum(sample))
}

const frequentStrata = (samples: readonly Sample[]) =>
  [...computeStratumShares(samples)].flatMap(([stratum, share]) => (share >= MIN_SHARE ? [stratum] : []))

export function computeStratumShares(samples: readonly StratumValue[]): StratumShares {
  if (!hasStrata(samples)) return noStrata
  const shares = new Map<string, number>()
  for (const sample of samples) {
    const stratum = getStratum(sample)
    shares.set(stratum, (shares.get(stratum) ?? 0) + 1 / samples.length)
  }
  return shares
}

export interface Standardizer {
  /** The mean that the samples would have with another mix, and the number of samples of that mix that would be as exact. */
  to(mix: StratumShares): { mean: number; count: number }
  /** Whether there are enough samples of a stratum to be compared. */
  has(stratum: string): boolean
  /** The mix of the samples. */
  shares(): StratumShares
}

/**
 * Direct standardization (post-stratification; Cochran 1977, ch. 5A): the means of the strata, weighted by another mix. Strata that these
 * samples hardly have are left out.
 */
export function createStandardizer(samples: readonly StratumValue[]): Standardizer {
  if (!hasStrata(samples)) return standardizeAsOne(samples)
  const strata = new Map<string, { count: number; sum: number }>()
  let total = 0
  for (const sample of samples) {
    const stratum = getStratum(sample)
    let own = strata.get(stratum)
    if (!own) {
      own = { count: 0, sum: 0 }
      strata.set(stratum, own)
    }
    own.count++
    own.sum += sample.value
    total += sample.value
  }
  const plain = { mean: total / samples.length, count: samples.length }
  const has = (stratum: string) => (strata.get(stratum)?.count ?? 0) >= MIN_SAMPLES_PER_STRATUM
  const shares = () => computeStratumShares(samples)
  if (strata.size === 1) return { to: () => plain, has, shares }
  return {
    has,
    shares,
    to(mix) {
      let weights = 0
      let sum = 0
      let squares = 0
      for (const [stratum, weight] of mix) {
        if (!has(stratum)) continue
        const own = strata.get(stratum)!
        weights += weight
        sum += (weight * own.sum) / own.count
        squares += weight ** 2 / own.count
      }
      return weights > 0 ? { mean: sum / weights, count: weights ** 2 / squares } : plain
    },
  }
}

function standardizeAsOne(samples: readonly StratumValue[]): Standardizer {
  const plain = { mean: mean(samples.map(({ value }) => value)), count: samples.length }
  return {
    to: () => plain,
    has: (stratum) => stratum === '' && samples.length >= MIN_SAMPLES_PER_STRATUM,
    shares: () => noStrata,
  }
}

/** The mix of samples in those strata that the others have too; without any, everything is compared as one. */
export function computeSharedStratumShares(
  own: Pick<Standardizer, 'has' | 'shares'>,
  others: readonly Pick<Standardizer, 'has'>[],
): StratumShares {
  const all = [own, ...others]
  const shared = [...own.shares()].filter(([stratum]) => all.every(({ has }) => has(stratum)))
  return shared.length > 0 ? new Map(shared) : noStrata
}

/**
 * The share of the candidate's samples in strata that the control has hardly had: nothing can be compared with them.
 * @param past the control's samples from before that are compared with
 */
export function computeUnmatchedShare(past: readonly Sample[], { control, candidate }: ArmSamples): number {
  if (!hasStrata(candidate) && !hasStrata(past)) return 0
  const { has } = createStandardizer([...past, ...control])
  return candidate.filter((sample) => !has(getStratum(sample))).length / Math.max(1, candidate.length)
}
