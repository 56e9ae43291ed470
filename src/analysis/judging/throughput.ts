/** The amount of work: a candidate that serves less than its share is not better, however fast it is. */
import type { Arm, ArmSamples } from '../../model/trial.ts'
import { normalCdf } from '../statistics/normal.ts'
import { createSharedPeriodFilter } from './samples.ts'

export interface ThroughputShortfall {
  /** The share of the expected executions that is missing; below 0 if there are more. */
  missing: number
  /** One-sided p-value of the hypothesis that no more is missing than is tolerated. */
  harm: number
  /** Whether the candidate may serve less than it should: it seems to, or it is not ruled out that half is missing. */
  isDoubtful: boolean
}

/** Share of the work that may be missing before a change is rolled back for it. */
const TOLERATED = 0.25
/** A smaller missing share is not named. */
const MIN_MISSING = 0.1
/** The share that must be ruled out before a change is kept. */
const LARGE = 0.5
/** One-sided p-value at which something seems to be missing, and at which a large share is ruled out. */
const LIKELY = 0.05

/** Number of blocks of the history that show how the work of the arms varies, relative to each other. */
const BLOCKS = 10
/** A Poisson process as the prior of that variation counts as this many blocks. */
const PRIOR = 2
/** Standard deviation of the work of an instance, on the log scale, if there is no history of it. */
const UNLIKE = 0.4
/** With fewer executions of an arm than this, its history says little of its share. */
const MIN_HISTORY = 20
/** With fewer executions of the control than this, nothing can be missed. */
const MIN_CONTROL = 20

/**
 * A trial in which the control has so many times as many executions as in the history knows more of how the instances share the work than
 * the history does. Time would not tell: a history may have pauses, such as an earlier trial.
 */
const OUTGROWN = 10

/** How sure the history must be that the instances do not share the work equally, in standard deviations. */
const REFUTED = 2.6

/** A hypothesis about the executions of the candidate per execution of the control without a change. */
interface Expectation {
  logRatio: number
  /** Variance of `logRatio`. */
  variance: number
}

/**
 * Compares how much the candidate finishes per execution of the control with how much it did before. The ratio before allows for whatever
 * gives instances different amounts of work; its variation over blocks of the history is the noise (overdispersion; McCullagh &
 * Nelder 1989, ch. 4.5). A short history knows that ratio only roughly, and no trial, however long, would know it better; so instances that
 * may well share the work equally, as most do, are given the benefit of the doubt. Null while there is too little to tell.
 * @param history in chronological order, as are the samples since
 */
export function createThroughputMeter(history: ArmSamples): (since: ArmSamples) => ThroughputShortfall | null {
  const past = restrict(history)
  const isKnown = Math.min(past.control.length, past.candidate.length) >= MIN_HISTORY
  const dispersion = isKnown ? findDispersion(past) : 1
  const noise = (of: Record<Arm, number>) => dispersion * (1 / of.control + 1 / of.candidate)
  return (since) => {
    const shared = restrict(since)
    const counts = { control: shared.control.length, candidate: shared.candidate.length }
    if (counts.control < MIN_CONTROL || counts.candidate === 0) return null
    const instances = (arm: Arm) => new Set(since[arm].map(({ instance }) => instance)).size
    const equal = Math.log(instances('candidate') / instances('control'))
    const unlike = UNLIKE ** 2 * (1 / instances('candidate') + 1 / instances('control'))
    const measured = { control: past.control.length, candidate: past.candidate.length }
    const isOutgrown = counts.control > OUTGROWN * measured.control
    const expectations = isKnown
      ? allowEqualShares(measured, noise(measured), { equal, isOutgrown })
      : [{ logRatio: equal, variance: unlike }]
    const amounts = expectations.map(({ logRatio, variance }) => {
      const move = Math.log(counts.candidate / counts.control) - logRatio
      const deviation = Math.sqrt(noise(counts) + variance)
      const moreThan = (share: number) => normalCdf((move - Math.log1p(-share)) / deviation)
      const missing = -Math.expm1(move)
      const seemsLess = missing >= MIN_MISSING && moreThan(0) < LIKELY
      const isDoubtful = seemsLess || (isKnown ? moreThan(LARGE) < 1 - LIKELY : isBelowEqualShare(move, noise(counts)))
      return { missing, harm: moreThan(TOLERATED), isDoubtful }
    })
    return {
      missing: Math.min(...amounts.map(({ missing }) => missing)),
      harm: Math.max(...amounts.map(({ harm }) => harm)),
      isDoubtful: amounts.every(({ isDoubtful }) => isDoubtful),
    }
  }
}

/** Without a history, instances may be unlike, which is not harm; but far less than an equal share, and not by chance, is not proof either. */
const isBelowEqualShare = (move: number, noise: number) =>
  -Math.expm1(move) >= TOLERATED && normalCdf(move / Math.sqrt(noise)) < LIKELY

/**
 * The expectation that the history measured, and the one of equal shares unless the history refutes that. A history of seconds, in which some
 * instances had just started, refutes nothing for a trial of minutes.
 * @param variance of the logarithm of the measured ratio
 * @param equal logarithm of the ratio if every instance gets as much work
 */
function allowEqualShares(
  past: Record<Arm, number>,
  variance: number,
  { equal, isOutgrown }: { equal: number; isOutgrown: boolean },
): Expectation[] {
  const measured = { logRatio: Math.log(past.candidate / past.control), variance }
  // Work that came regularly in a short history need not be shared by the same rule for ever.
  const cautious = Math.max(variance, 1 / past.control + 1 / past.candidate)
  const isRefuted = !isOutgrown && Math.abs(measured.logRatio - equal) > REFUTED * Math.sqrt(cautious)
  return isRefuted ? [measured] : [measured, { logRatio: equal, variance: 0 }]
}

function restrict({ control, candidate }: ArmSamples): ArmSamples {
  const isShared = createSharedPeriodFilter(control, candidate)
  return { control: control.filter(isShared), candidate: candidate.filter(isShared) }
}

/** Variance of the candidate's counts over blocks of time, given the totals of both arms, relative to that of a Poisson process. */
function findDispersion({ control, candidate }: ArmSamples): number {
  const start = Math.min(control[0]!.at, candidate[0]!.at)
  const width = (Math.max(control.at(-1)!.at, candidate.at(-1)!.at) - start) / BLOCKS || 1
  const count = (samples: ArmSamples[Arm]) => {
    const counts = new Array<number>(BLOCKS).fill(0)
    for (const { at } of samples) counts[Math.min(BLOCKS - 1, Math.floor((at - start) / width))]!++
    return counts
  }
  const [a, b] = [count(control), count(candidate)]
  const share = candidate.length / (control.length + candidate.length)
  let squares = PRIOR
  for (let i = 0; i < BLOCKS; i++) {
    const total = a[i]! + b[i]!
    if (total > 0) squares += (b[i]! - total * share) ** 2 / (total * share * (1 - share))
  }
  return squares / (BLOCKS - 1 + PRIOR)
}
