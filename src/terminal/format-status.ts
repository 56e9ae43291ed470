import { describeAwaitedScores } from '../model/awaited-scores.ts'
import { describePostponedCycle } from '../model/cycle.ts'
import {
  describeImprovement,
  describeProgress,
  formatChanges,
  formatTruncation,
  joinWithAnd,
  roundsToZero,
} from '../model/format.ts'
import { getRecordedMetric } from '../model/metric.ts'
import { formatAutonomy, type Policy } from '../model/policy.ts'
import { describeOutcome, type StandingResult } from '../model/result.ts'
import { describeEffect } from '../model/result-text.ts'
import type { Status } from '../reading/status.ts'
import { formatTraits } from './format-identity.ts'
import { formatSystem } from './format-system.ts'
import { formatTime } from './format-time.ts'
import { formatTrust } from './format-trust.ts'
import { formatTable } from './table.ts'

const maxGaps = 5
const maxLines = 20

/** The status, for the terminal. */
export function formatStatus(status: Status): string {
  const { state, pause, agents, trials, restores, approvals, results, listed, limitsProblem, gaps } = status
  return [
    ...(pause ? [`PAUSED by ${pause.pausedBy} since ${formatTime(pause.since)}: ${pause.reason}`] : []),
    ...(restores ? [] : ['Temporal is unreachable, so running restores and workflow states are unknown.']),
    formatPolicy(state.policy),
    ...formatTrust(status.trust),
    formatTraits(status.identity),
    ...(status.system ? formatSystem(status.system) : []),
    formatTable(
      ['agent', 'instances live', 'configuration version'],
      agents.map(({ agentId, live, instances, silentSince, version }) => [
        agentId,
        silentSince ? `${instances > 0 ? 'silent' : 'gone'} since ${formatTime(silentSince)}` : `${live} of ${instances}`,
        version,
      ]),
    ),
    ...formatRest(listed.agents.total - agents.length, 'agent', 'npx optimizer agents lists them'),
    ...trials.slice(0, maxLines).map((trial) => formatRunning(trial, trials)),
    ...formatRest(listed.trials.total - maxLines, 'running trial', 'npx optimizer trials lists them'),
    ...(restores ?? []).slice(0, maxLines).map(({ workflowId, since }) => `restoring: ${workflowId}, since ${formatTime(since)}`),
    ...formatRest(listed.restores.total - maxLines, 'restore', 'the Temporal UI lists them'),
    ...(state.postponed ?? []).map(describePostponedCycle),
    ...approvals.slice(0, maxLines).map(formatApproval),
    ...formatRest(listed.approvals.total - maxLines, 'request', 'GET /api/approvals lists them'),
    ...results.map(formatResult),
    ...formatTruncation(listed.results.shown, listed.results.total, 'result'),
    ...(limitsProblem ? [`LIMITS: ${limitsProblem}`] : []),
    ...formatAlerts(status),
    ...formatComponents(status),
    ...gaps.slice(0, maxGaps).map(({ text }) => `GAP: ${text}`),
    ...formatRest(gaps.length - maxGaps, 'gap', 'GET /api/gaps lists them'),
  ].join('\n')
}

function formatAlerts({ alerts, listed, limitsProblem }: Status): string[] {
  // That is said in a line of its own.
  const others = alerts.filter(({ message }) => message !== limitsProblem)
  const total = listed.alerts.total - (alerts.length - others.length)
  return [
    ...others.slice(0, maxLines).map(({ severity, message }) => `ALERT ${severity}: ${message}`),
    ...formatRest(total - maxLines, 'alert', 'npx optimizer alerts lists them'),
  ]
}

const formatRest = (count: number, noun: string, where: string): string[] =>
  count > 0 ? [`… and ${count} more ${noun}${count === 1 ? '' : 's'}; ${where}`] : []

/** "components: 3 healthy, database-1 degraded". */
function formatComponents({ components, componentCounts: { healthy, degraded, down } }: Status): string[] {
  const others = components.filter(({ status }) => status !== 'healthy').slice(0, maxLines)
  const more = degraded + down - others.length
  const rest = more > 0 ? [`… and ${more} more not healthy`] : []
  const listed = [`${healthy} healthy`, ...others.map(({ component, status }) => `${component} ${status}`), ...rest]
  return components.length === 0 ? [] : [`components: ${listed.join(', ')}`]
}

function formatRunning(
  { id, agentId, state, judgement, progress, poolId }: Status['trials'][number],
  all: Status['trials'],
): string {
  const others = all.filter((trial) => poolId !== null && trial.poolId === poolId && trial.id !== id)
  const together = others.length > 0 ? `, judged together with ${joinWithAnd(others.map((trial) => trial.agentId))}` : ''
  const needed = [...(progress ? [describeProgress(progress)] : []), ...(judgement?.awaited ?? []).map(describeAwaitedScores)]
  return `running: ${id} on ${agentId}, ${state}${together}${needed.length > 0 ? `: ${needed.join('; ')}` : ''}`
}

function formatPolicy(policy: Policy): string {
  const { aggressiveness, reputation, focus, resourceMode } = policy
  return [
    `Aggressiveness ${aggressiveness}`,
    `autonomy ${formatAutonomy(policy)}`,
    `reputation ${reputation.toFixed(2)}`,
    `focus ${focus ?? 'the whole fleet'}`,
    `resources ${resourceMode}`,
  ].join(' · ')
}

function formatApproval({ trialId, agentId, until, strategy: { actions, asks } }: Status['approvals'][number]): string {
  return `waiting for approval: ${trialId} on ${agentId}, ${formatChanges(actions)}, risk ${asks?.risk}, until ${formatTime(until)}`
}

function formatResult(result: StandingResult): string {
  const { strategy, actualImprovement, interval, reason, effects = [] } = result
  const { id, agentId, actions, targetMetric } = strategy
  const measured = describeImprovement(getRecordedMetric(strategy, targetMetric), actualImprovement, interval)
  const lost = effects.filter(
    ({ effect, metric, improvement }) => effect === 'lost' && metric !== targetMetric && !roundsToZero(improvement),
  )
  const cost = lost.length > 0 ? `, at the cost of ${lost.map((effect) => describeEffect(effect, true)).join('; ')}` : ''
  return `${id}  ${agentId} ${formatChanges(actions)}  ${describeOutcome(result)}  ${measured}${cost}: ${reason}`
}
