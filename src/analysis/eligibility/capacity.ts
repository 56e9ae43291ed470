/** The caps of the fleet on concurrent trials and candidates. */
import { scaleCandidateShare, scaleConcurrentTrials } from '../policy/aggressiveness.ts'
import type { FleetFacts } from './facts.ts'

/** The aggressiveness in force, 1–5: the requested one within the operator's limits, or the lowest while they cannot be read. */
export function computeEffectiveAggressiveness({ policy, limits }: Pick<FleetFacts, 'policy' | 'limits'>): number {
  return typeof limits === 'string' ? 1 : Math.min(policy.aggressiveness, limits.maxAggressiveness ?? 5)
}

/** The number of trials that may run at once in the whole fleet. */
export function computeTrialLimit(fleet: FleetFacts): number {
  const { limits, caps } = fleet
  const most = typeof limits === 'string' ? undefined : limits.maxConcurrentTrials
  return Math.min(
    scaleConcurrentTrials(computeEffectiveAggressiveness(fleet), caps.concurrentTrials),
    most ?? Number.POSITIVE_INFINITY,
  )
}

/**
 * The instances that run with unproven values, and how many more may. One in the whole fleet is always allowed, or a small fleet could
 * try nothing. The policy's share is rounded to the nearest instance; the operator's share is never exceeded.
 */
export function computeCandidateBudget(fleet: FleetFacts): { candidates: number; left: number } {
  const { limits, caps, running, liveInstances: live } = fleet
  const candidates = running.reduce((sum, trial) => sum + trial.candidates, 0)
  const share = scaleCandidateShare(computeEffectiveAggressiveness(fleet), caps.candidateShareRatio)
  const hardShare = (typeof limits === 'string' ? undefined : limits.maxCandidateShare) ?? 1
  const most = Math.min(Math.round(share * live), Math.floor(hardShare * live))
  return { candidates, left: Math.max(1, most) - candidates }
}
