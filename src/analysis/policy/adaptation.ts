import type { Severity } from '../../model/bottleneck.ts'
import type { Adaptation } from '../../model/cycle.ts'
import type { FinishedTrial } from '../../model/finished-trial.ts'
import type { Limits } from '../../model/limits.ts'
import type { Policy } from '../../model/policy.ts'
import { type AgentProfile, hasLiveInstance } from '../../model/profile.ts'

/** Newest trials considered; with fewer than `enough` nothing is adapted. */
const newest = 10
const enough = 6
/** Number of harmful trials at which the optimizer becomes more careful. */
const tooManyHarmed = 3
/** After this time without a gain it becomes bolder if the fleet is unhealthy, and more careful if not. */
const longMs = 60 * 60_000

/**
 * One level up or down from the requested aggressiveness, by the fleet's health, proven success, and the time since the last gain (B16).
 * It is decided again after every cycle, so it ends when its reason does. Trials that people requested or ended do not count.
 * @param highLoad which host is under high load, as a clause: it gets no bolder then
 */
export function decideAdaptation(
  trials: readonly FinishedTrial[],
  worst: Severity | null,
  now: number,
  highLoad?: string,
): Adaptation {
  const own = trials.filter(({ type, byPerson }) => type !== 'operator_request' && !byPerson).toSorted((a, b) => b.at - a.at)
  const recent = own.slice(0, newest)
  const harmed = recent.filter(({ verdict, unjudged }) => verdict === 'roll-back' && !unjudged).length
  const kept = recent.filter(({ verdict }) => verdict === 'keep').length
  const unhealthy = worst === 'critical' || worst === 'high'
  const lastGain = own.find(({ verdict }) => verdict === 'keep')?.at ?? Number.NEGATIVE_INFINITY
  const barren = now - lastGain >= longMs
  const of = `of the last ${recent.length} trials`
  if (recent.length < enough) return { step: 0, reason: 'too few trials so far to adapt' }
  if (harmed >= tooManyHarmed) return { step: -1, reason: `more careful because ${harmed} ${of} did harm` }
  if (!unhealthy && barren)
    return { step: -1, reason: 'more careful because the fleet is healthy and there was no gain for an hour' }
  if (unhealthy && highLoad !== undefined)
    return { step: 0, reason: `no bolder, although the fleet is unhealthy, because ${highLoad}` }
  if (unhealthy && harmed === 0 && kept >= recent.length / 2)
    return { step: 1, reason: `bolder because the fleet is unhealthy and ${kept} ${of} helped` }
  if (unhealthy && harmed === 0 && barren)
    return { step: 1, reason: 'bolder because the fleet is unhealthy and careful trials brought no gain for an hour' }
  return { step: 0, reason: 'as requested' }
}

/**
 * The trials on agents with a live instance: the others say nothing about the present fleet.
 * @param agents of the cycle's snapshot; undefined, for all trials, if there is none
 */
export function selectTrialsOfLiveAgents(
  trials: readonly FinishedTrial[],
  agents: readonly Pick<AgentProfile, 'agentId' | 'instances'>[] | undefined,
): readonly FinishedTrial[] {
  if (!agents) return trials
  const present = new Set(agents.filter(hasLiveInstance).map(({ agentId }) => agentId))
  return trials.filter(({ agentId }) => present.has(agentId))
}

/** The level after an adaptation: within one of the requested level, and within the operator's limits. */
export function applyAdaptation(
  { aggressivenessAsked }: Pick<Policy, 'aggressivenessAsked'>,
  { step }: Adaptation,
  { minAggressiveness = 1, maxAggressiveness = 5 }: Pick<Limits, 'minAggressiveness' | 'maxAggressiveness'>,
): number {
  const desired = Math.max(minAggressiveness, Math.min(5, aggressivenessAsked + step))
  return Math.max(1, Math.min(maxAggressiveness, desired))
}
