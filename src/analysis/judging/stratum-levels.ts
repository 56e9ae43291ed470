import type { Sample } from '../../model/trial.ts'
import { mean, variance } from '../statistics/summaries.ts'
import { getStratum, MIN_SAMPLES_PER_STRATUM } from './mix.ts'

/** The usual level of each stratum of one instance, with which its values after a change are compared. */
export interface StratumLevels {
  /** A value as if its stratum had the level of all: another mix of strata moves no mean. */
  adjusted(sample: Sample): number
  /** Samples of strata whose usual level is known. */
  known(samples: readonly Sample[]): Sample[]
  /** The mean that the past would have had with the mix of these samples. */
  expected(samples: readonly Sample[]): number
  /**
   * Variance of that mean which the one with another mix, that of the past by default, does not have already, because rare strata are known
   * roughly.
   */
  roughness(samples: readonly Sample[], beside?: readonly Sample[]): number
  /** How much more values of this mix vary within their strata than those of the past do; at least 1. */
  spread(samples: readonly Sample[]): number
}

interface Level {
  mean: number
  /** Of single values. */
  variance: number
  count: number
}

/**
 * Learns the means of the strata (direct standardization with the mix of the candidate; Cochran 1977, ch. 5A).
 * @param read what of a sample is compared
 */
export function fitStratumLevels(past: readonly Sample[], read: (sample: Sample) => number): StratumLevels {
  const whole = mean(past.map(read))
  const strata = new Map<string, Level>()
  for (const [stratum, own] of Map.groupBy(past, getStratum)) {
    const values = own.map(read)
    // Equal values are not proof that the next one is equal.
    const level = { mean: mean(values), variance: variance([...values, whole], 1), count: own.length }
    if (own.length >= MIN_SAMPLES_PER_STRATUM) strata.set(stratum, level)
  }
  const shareOf = ({ count }: Level) => count / Math.max(1, past.length)
  const sharesAmong = (samples: readonly Sample[]) => {
    const counts = Map.groupBy(samples, getStratum)
    return [...strata].map(([stratum, level]) => ({
      level,
      share: (counts.get(stratum)?.length ?? 0) / Math.max(1, samples.length),
    }))
  }
  const levelOf = (sample: Sample) => strata.get(getStratum(sample))?.mean ?? whole
  return {
    adjusted: (sample) => read(sample) - levelOf(sample) + whole,
    known: (samples) => (strata.size === 0 ? [...samples] : samples.filter((sample) => strata.has(getStratum(sample)))),
    expected: (samples) => (samples.length === 0 ? whole : mean(samples.map(levelOf))),
    roughness(samples, beside = past) {
      const besides = sharesAmong(beside)
      return sum(
        sharesAmong(samples).map(({ level, share }, i) => ((share - besides[i]!.share) ** 2 * level.variance) / level.count),
      )
    },
    spread(samples) {
      const now = sum(sharesAmong(samples).map(({ level, share }) => share * level.variance))
      const before = sum([...strata.values()].map((level) => shareOf(level) * level.variance))
      return before > 0 ? Math.max(1, now / before) : 1
    },
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
