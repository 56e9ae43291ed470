/** The switchback design: one instance alternates between both settings. */
import { OptimizerError } from '../../model/errors.ts'
import type { Arm, ArmSamples, Sample } from '../../model/trial.ts'
import { mean, median, variance } from '../statistics/summaries.ts'
import { averageEffects, type EffectEstimate } from './effect.ts'
import type { SwitchbackBlock } from './samples.ts'

/** Two neighboring blocks, one of each arm, with their samples. */
export type BlockPair = ArmSamples

/** The history counts as at most this many pairs. */
const MAX_DEGREES = 20

/** A block counts with at most this many times as many samples as the median one. */
const LONGER = 2
/** Pairs that a trial has at least before its samples are used up. */
const MIN_PAIRS_OF_TRIAL = 8

/**
 * The samples of each pair of blocks. Omits samples outside the pairs, samples that the other arm started, and the first sample
 * after a switch, which may still have been served with the previous setting. Pairs with an empty block do not count, and a block that is
 * longer than usual counts with its first samples only: a pair is one comparison, however long it is. For the same reason a few long blocks do not
 * use up a trial's samples.
 * @param maxSamples of an arm, after which the trial ends
 * @throws OptimizerError `unusable-samples` if blocks are missing or out of order, or both blocks of a pair are of one arm
 */
export function pairBlocks(
  samples: ArmSamples,
  blocks: readonly SwitchbackBlock[] | undefined,
  maxSamples = Number.POSITIVE_INFINITY,
): BlockPair[] {
  if (!blocks)
    throw new OptimizerError('unusable-samples', 'A switchback trial is judged by its blocks; pass them with the samples')
  const contents = blocks.map(({ arm, from, to }, i) => {
    const before = blocks[i - 1]
    if (!(from < to && from >= (before?.to ?? -Infinity)))
      throw new OptimizerError(
        'unusable-samples',
        'The blocks of a switchback trial must be in chronological order and must not overlap',
      )
    if (i % 2 === 1 && before!.arm === arm)
      throw new OptimizerError('unusable-samples', 'Each pair needs two blocks: one of the control and one of the candidate')
    const within = samples[arm].filter(({ at }) => at >= from && at < to)
    return { arm, samples: before?.arm === arm ? within : within.slice(1) }
  })
  const sizes = contents.flatMap(({ samples }) => (samples.length > 0 ? samples.length : []))
  const most = Math.ceil(Math.min(LONGER * median(sizes), maxSamples / MIN_PAIRS_OF_TRIAL))
  const pairs: BlockPair[] = []
  for (let i = 0; i + 1 < contents.length; i += 2) {
    const of = (arm: Arm) => contents[contents[i]!.arm === arm ? i : i + 1]!.samples.slice(0, most)
    const pair = { control: of('control'), candidate: of('candidate') }
    if (pair.control.length > 0 && pair.candidate.length > 0) pairs.push(pair)
  }
  return pairs
}

/** The first pairs in which both arms have `count` samples together. */
export function selectFirstPairs(pairs: readonly BlockPair[], count: number): BlockPair[] {
  const counts = { control: 0, candidate: 0 }
  const last = pairs.findIndex(({ control, candidate }) => {
    counts.control += control.length
    counts.candidate += candidate.length
    return Math.min(counts.control, counts.candidate) >= count
  })
  return pairs.slice(0, last + 1)
}

/**
 * Effect on the mean score of one instance that switches back and forth: a paired t-test on differences within pairs of blocks. The
 * order within a pair is random, so a drift adds noise and no bias. The trial's own variance is moderated by that of
 * neighboring stretches of the history (Smyth 2004), which counts as at most `MAX_DEGREES` degrees of freedom.
 * @param noise what the history does not show: the least variance of a score; how many times as much as in the history scores vary with the
 * present mix of work; and the variance of what that mix moves the effect by
 */
export function estimateSwitchbackEffect(
  pairs: readonly BlockPair[],
  history: readonly Sample[],
  score: (sample: Sample) => number,
  { minVariance, spread = 1, roughness = 0 }: { minVariance: number; spread?: number; roughness?: number },
): EffectEstimate {
  const average = (samples: readonly Sample[]) => mean(samples.map(score))
  const differences = pairs.map(({ control, candidate }) => average(candidate) - average(control))
  const size = Math.max(1, Math.round(mean(pairs.map(({ control, candidate }) => (control.length + candidate.length) / 2))))
  const past = placebos(history, size, average)
  const pastDegrees = Math.min(MAX_DEGREES, past.length / 2)
  const ownDegrees = differences.length - 1
  const least = (2 * minVariance) / size
  const degrees = pastDegrees + ownDegrees
  const own = variance(differences) * differences.length
  const moderated = Math.max(least, (pastDegrees * spread * mean(past.map((d) => d * d)) + own) / degrees)
  const noise = moderated / differences.length + roughness
  return averageEffects([{ value: mean(differences), variance: noise, logWeight: 0 }], degrees)
}

/** Share of the work that may be missing, and the one-sided p-value at which some is. */
const TOLERATED_MISSING = 0.25
const IMPROBABLE = 0.005
/** Fewer pairs of blocks say nothing of the amount of work, and prove nothing: one of them may differ for any reason. */
export const MIN_PAIRS = 4

/**
 * Compares how much work finishes in a unit of time in the blocks of each arm: a paired t-test on the logarithms. Null while there is too
 * little to tell.
 * @param times when executions that have finished started, milliseconds since the epoch
 * @returns the share of the executions that is missing, if that is clearly more than is tolerated; otherwise 0
 */
export function compareBlockRates(
  times: Record<Arm, readonly number[]>,
  blocks: readonly SwitchbackBlock[],
): { missing: number } | null {
  const logPace = ({ arm, from, to }: SwitchbackBlock) =>
    Math.log((times[arm].filter((at) => at >= from && at < to).length + 0.5) / (to - from))
  const differences: number[] = []
  for (let i = 0; i + 1 < blocks.length; i += 2) {
    const [control, candidate] = blocks[i]!.arm === 'control' ? [blocks[i]!, blocks[i + 1]!] : [blocks[i + 1]!, blocks[i]!]
    differences.push(logPace(control) - logPace(candidate))
  }
  if (differences.length < MIN_PAIRS) return null
  const slower = mean(differences)
  const spread = Math.max(variance(differences, 1), 1e-9) / differences.length
  const { harm } = averageEffects([{ value: slower, variance: spread, logWeight: 0 }], differences.length - 1)
  const missing = -Math.expm1(-slower)
  return { missing: missing >= TOLERATED_MISSING && harm < IMPROBABLE ? missing : 0 }
}

/** Differences between stretches of the history that are as far apart as the blocks of a pair. */
function placebos(history: readonly Sample[], size: number, average: (samples: readonly Sample[]) => number): number[] {
  const stretches: number[] = []
  for (let from = 0; from + size <= history.length; from += size + 1) stretches.push(average(history.slice(from, from + size)))
  return stretches.slice(1).map((value, i) => value - stretches[i]!)
}
