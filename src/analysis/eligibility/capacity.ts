/** The fleet's caps on concurrent trials and candidates. */
import { scaleCandidateShare, scaleConcurrentTrials } from '../policy/aggressiveness.ts'
import type { FleetFacts } from './facts.ts'

/** The aggressiveness in force, 1–5: the requested one within the operator's limits, or the lowest while they cannot be read. */
export function computeEffectiveAggressiveness({ policy, limits }: Pick<FleetFacts, 'policy' | 'limits'>): number {
  return typeof limits === 'string' ? 1 : Math.min(policy.aggressiveness, limits.maxAggressiveness ?? 5)
}

/** The trials that a cap applies to: those of the same kind, or all of them. */
type CapScope = 'within cycles' | 'outside cycles' | 'all'

/** "trial limit", or "limit on trials within cycles". */
export const formatLimitName = (what: 'trial' | 'candidate', scope: CapScope): string =>
  scope === 'all' ? `${what} limit` : `limit on ${what}s ${scope}`

const scopeOf = (isLong: boolean): CapScope => (isLong ? 'outside cycles' : 'within cycles')

/**
 * The number of running trials that count, and how many may run at once. Trials outside cycles last for days, so they are counted apart,
 * with a cap of their own, and do not keep others from starting. The operator's limit is for all of them together.
 */
export function computeTrialLimit(fleet: FleetFacts, isLong = false): { count: number; most: number; scope: CapScope } {
  const { limits, caps, running } = fleet
  const configured = isLong ? caps.concurrentLongTrials : caps.concurrentTrials
  const own = {
    count: selectAlike(fleet, isLong).length,
    most: scaleConcurrentTrials(computeEffectiveAggressiveness(fleet), configured),
    scope: scopeOf(isLong),
  }
  const hard = (typeof limits === 'string' ? undefined : limits.maxConcurrentTrials) ?? Number.POSITIVE_INFINITY
  return hard - running.length < own.most - own.count ? { count: running.length, most: hard, scope: 'all' } : own
}

/**
 * The instances that run with unproven values, as far as they count, and how many more may. One in the whole fleet is always allowed, or a small fleet could
 * try nothing. The policy's share is rounded to the nearest instance, and holds for trials in cycles and outside them, each kind by
 * itself; the operator's share is for all together and never exceeded.
 */
export function computeCandidateBudget(fleet: FleetFacts, isLong = false): { candidates: number; left: number; scope: CapScope } {
  const { limits, caps, running, liveInstances: live } = fleet
  const share = scaleCandidateShare(computeEffectiveAggressiveness(fleet), caps.candidateShareRatio)
  const hardShare = (typeof limits === 'string' ? undefined : limits.maxCandidateShare) ?? 1
  const count = (trials: FleetFacts['running']) => trials.reduce((sum, { candidates }) => sum + candidates, 0)
  const budget = (most: number, candidates: number, scope: CapScope) => ({ candidates, left: most - candidates, scope })
  const own = budget(Math.max(1, Math.round(share * live)), count(selectAlike(fleet, isLong)), scopeOf(isLong))
  const hard = budget(Math.max(1, Math.floor(hardShare * live)), count(running), 'all')
  return hard.left < own.left ? hard : own
}

const selectAlike = ({ running }: FleetFacts, isLong: boolean) => running.filter((trial) => Boolean(trial.isLong) === isLong)
