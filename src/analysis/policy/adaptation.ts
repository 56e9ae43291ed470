import type { Severity } from '../../model/bottleneck.ts'
import type { Adaptation } from '../../model/cycle.ts'
import type { FinishedTrial } from '../../model/finished-trial.ts'
import type { Limits } from '../../model/limits.ts'
import type { Policy } from '../../model/policy.ts'

/** Newest trials that are looked at; with fewer than `enough` nothing is adapted. */
const newest = 10
const enough = 6
/** Trials that did harm, from which the optimizer becomes more careful. */
const tooManyHarmed = 3
/** After so long without a gain it tries something bolder where it is needed, and less where it is not. */
const longMs = 60 * 60_000

/**
 * One level up or down from what persons asked for, by the fleet's health, proven success, and the time since the last gain (B16). It is
 * decided anew after every cycle, so it ends with its reason. What persons tried themselves does not count.
 */
export function decideAdaptation(trials: readonly FinishedTrial[], worst: Severity | null, now: number): Adaptation {
  const own = trials.filter(({ type }) => type !== 'operator_request').toSorted((a, b) => b.at - a.at)
  const recent = own.slice(0, newest)
  const harmed = recent.filter(({ verdict, unjudged }) => verdict === 'roll-back' && !unjudged).length
  const kept = recent.filter(({ verdict }) => verdict === 'keep').length
  const unhealthy = worst === 'critical' || worst === 'high'
  const lastGain = own.find(({ verdict }) => verdict === 'keep')?.at ?? Number.NEGATIVE_INFINITY
  const barren = now - lastGain >= longMs
  const of = `of the last ${recent.length} trials`
  if (recent.length < enough) return { step: 0, reason: 'too few trials yet to become bolder or more careful' }
  if (harmed >= tooManyHarmed) return { step: -1, reason: `more careful, since ${harmed} ${of} did harm` }
  if (!unhealthy && barren) return { step: -1, reason: 'more careful, since the fleet is well and there was no gain for an hour' }
  if (unhealthy && harmed === 0 && kept >= recent.length / 2)
    return { step: 1, reason: `bolder, since the fleet is not well and ${kept} ${of} helped` }
  if (unhealthy && harmed === 0 && barren)
    return { step: 1, reason: 'bolder, since the fleet is not well and careful trials brought no gain for an hour' }
  return { step: 0, reason: 'as bold as was asked for' }
}

/** The level after an adaptation: within one of what persons asked for, and within the operator's limits. */
export function applyAdaptation(
  { aggressivenessAsked }: Pick<Policy, 'aggressivenessAsked'>,
  { step }: Adaptation,
  { minAggressiveness = 1, maxAggressiveness = 5 }: Pick<Limits, 'minAggressiveness' | 'maxAggressiveness'>,
): number {
  const wished = Math.max(minAggressiveness, Math.min(5, aggressivenessAsked + step))
  return Math.max(1, Math.min(maxAggressiveness, wished))
}
