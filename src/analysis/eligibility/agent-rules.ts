import { formatTimestamp } from '../../model/format.ts'
import { listMarketBounds } from '../../model/limits.ts'
import { type MarketBound, marketMetrics } from '../../model/market.ts'
import { findObjective } from '../../model/objective.ts'
import { getAggressivenessSettings } from '../policy/aggressiveness.ts'
import { roundToDecimals } from '../statistics/rounding.ts'
import { computeCandidateBudget, computeEffectiveAggressiveness, computeTrialLimit, formatLimitName } from './capacity.ts'
import { findBackoffEnd, findTrialsSinceGain, mayHaveConverged, selectTrialsForObjective } from './convergence.ts'
import { findFocusReason, findPauseReason } from './cycle-reasons.ts'
import type { EligibilityFacts } from './facts.ts'
import { findFreeze } from './freeze.ts'
import { findInterferingTrial } from './interference.ts'
import { describeReleaseCommand, findReleaseTime } from './releases.ts'
import type { Rule } from './rule.ts'

/** Why nothing may be tried on an agent now: lasting reasons first, then those that end with a running trial. */
export const agentRules: readonly Rule<void>[] = [
  {
    code: 'broken-limits',
    blocks: 'planning',
    find: ({ fleet: { limits } }) => (typeof limits === 'string' ? { reason: limits } : undefined),
  },
  {
    code: 'out-of-focus',
    blocks: 'planning',
    except: ['approved', 'person'],
    find: ({ fleet, agentId }) => findFocusReason(fleet.policy, agentId),
  },
  {
    code: 'no-live-instance',
    blocks: 'planning',
    find: ({ liveInstances, agentId }) => (liveInstances === 0 ? { reason: `no instance of ${agentId} is running` } : undefined),
  },
  {
    code: 'drifting',
    blocks: 'planning',
    find: ({ liveInstances, drifting }) =>
      drifting.length > 0 && drifting.length >= liveInstances
        ? { reason: `every instance has drifted from its version: ${drifting.slice(0, 3).join('; ')}` }
        : undefined,
  },
  {
    code: 'frozen',
    blocks: 'planning',
    find: (facts) => {
      const { limits, now } = facts.fleet
      const freeze = typeof limits === 'string' ? undefined : findFreeze(limits, facts, now)
      if (!freeze) return undefined
      const why = freeze.why ? ` (${freeze.why})` : ''
      return { reason: `${facts.agentId} is frozen until ${formatTimestamp(new Date(freeze.until))}${why}`, until: freeze.until }
    },
  },
  {
    code: 'hourly-limit',
    blocks: 'planning',
    find: ({ fleet: { limits }, agentId, trialsLastHour }) => {
      const most = typeof limits === 'string' ? undefined : limits.maxChangesPerHour
      if (most === undefined || trialsLastHour < most) return undefined
      return { reason: `${trialsLastHour} trials started on ${agentId} within the last hour; the limit is ${most}` }
    },
  },
  {
    code: 'market-limit',
    blocks: 'planning',
    find: ({ fleet: { limits, market } }) => {
      const bounds = typeof limits === 'string' ? [] : listMarketBounds(limits)
      const reason = bounds
        .map((bound) => explainMarket(bound, market?.[bound.metric] ?? null))
        .find((found) => found !== undefined)
      return reason === undefined ? undefined : { reason }
    },
  },
  {
    code: 'too-few-executions',
    blocks: 'planning',
    except: ['approved', 'person'],
    find: (facts) => {
      const { evidence } = getAggressivenessSettings(computeEffectiveAggressiveness(facts.fleet), facts.fleet.traits)
      if (facts.executions === null || facts.executions >= evidence) return undefined
      return { reason: `${facts.agentId} has ${facts.executions} recent measured executions; a trial needs ${evidence}` }
    },
  },
  { code: 'converged', blocks: 'planning', isReleasable: true, except: ['approved', 'person'], find: findConvergence },
  {
    code: 'paused',
    blocks: 'beginning',
    find: ({ fleet: { pause } }) => findPauseReason(pause),
  },
  {
    code: 'agent-busy',
    blocks: 'beginning',
    isTemporary: true,
    find: ({ fleet: { running }, agentId, lockedBy }) => {
      const other = running.find((trial) => trial.agentId === agentId)?.id ?? lockedBy
      return other === null ? undefined : { reason: `${other} is running on ${agentId}`, trialId: other }
    },
  },
  {
    code: 'neighbour-busy',
    blocks: 'beginning',
    isTemporary: true,
    find: ({ fleet: { running, pairs }, agentId }) => {
      const other = findInterferingTrial(agentId, running, pairs)
      if (!other) return undefined
      const reason = `${other.id} is running on ${other.agentId}, which exchanges messages with ${agentId}`
      return { reason, trialId: other.id }
    },
  },
  {
    code: 'high-load',
    blocks: 'beginning',
    isTemporary: true,
    except: ['approved', 'person'],
    find: ({ fleet: { highLoad, running }, isLong }) => {
      const [other] = running.filter((trial) => !trial.isLong)
      if (highLoad === undefined || isLong || !other) return undefined
      return { reason: `${highLoad}, so trials start one at a time, and ${other.id} is running on ${other.agentId}` }
    },
  },
  {
    code: 'trial-limit',
    blocks: 'beginning',
    isTemporary: true,
    find: ({ fleet, isLong }) => {
      const { count, most, scope } = computeTrialLimit(fleet, isLong)
      if (count < most) return undefined
      return {
        reason: `${formatLimitName('trial', scope)} reached (${count} running); wait until one ends, or raise the aggressiveness: npx optimizer aggressiveness up`,
      }
    },
  },
  {
    code: 'candidate-limit',
    blocks: 'beginning',
    isTemporary: true,
    find: ({ fleet, isLong }) => {
      const { left, candidates, scope } = computeCandidateBudget(fleet, isLong)
      if (left >= 1) return undefined
      return {
        reason: `${formatLimitName('candidate', scope)} reached (${candidates} of ${fleet.liveInstances} instances run unproven values)`,
      }
    },
  },
]

/** The last trials brought no gain, and no metric has shifted since. */
function findConvergence({ fleet: { now, objectives }, agentId, kind, trials: all, releases, lastShiftAt }: EligibilityFacts) {
  const releasedAt = findReleaseTime(releases)
  const trials = selectTrialsForObjective(all, findObjective(objectives, { agentId, kind }))
  if (!mayHaveConverged(trials, now, releasedAt)) return undefined
  const withoutGain = findTrialsSinceGain(trials, Math.max(releasedAt, lastShiftAt()))
  const until = findBackoffEnd(withoutGain, now)
  if (until === undefined) return undefined
  const reason = `the last ${withoutGain.length} trials on ${agentId} brought no gain; it is in cooldown until ${formatTimestamp(new Date(until))}, or until its metrics shift; ${describeReleaseCommand(agentId)}`
  return { reason, until }
}

/** Why the market forbids a trial; undefined if it does not. */
function explainMarket(
  { metric, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: MarketBound,
  now: number | null,
) {
  if (now !== null && now >= min && now <= max) return undefined
  const { label, unit } = marketMetrics[metric]
  const limits = [
    ...(Number.isFinite(min) ? [`at least ${min}${unit}`] : []),
    ...(Number.isFinite(max) ? [`at most ${max}${unit}`] : []),
  ]
  const state = now === null ? 'unknown' : `${roundToDecimals(now, 2)}${unit}`
  return `the ${label} is ${state}; the limit is ${limits.join(' and ')}`
}
