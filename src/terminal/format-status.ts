import { describeAwaited } from '../model/awaited-scores.ts'
import { severityRank } from '../model/bottleneck.ts'
import { describePostponedCycle } from '../model/cycle.ts'
import { describeImprovement, describeProgress, formatChanges, formatCut, joinWithAnd, roundsToNothing } from '../model/format.ts'
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

const mostGaps = 5
const mostAlerts = 20
const mostComponents = 20

/** The status, for the terminal. */
export function formatStatus(status: Status): string {
  const { control, pause, agents, trials, restores, approvals, results, listed, limitsProblem, alerts, gaps } = status
  return [
    ...(pause ? [`PAUSED by ${pause.pausedBy} since ${formatTime(pause.since)}: ${pause.reason}`] : []),
    ...(restores ? [] : ['Temporal is unreachable, so running restores and workflow states are unknown.']),
    formatPolicy(control.policy),
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
    ...trials.map((trial) => formatRunning(trial, trials)),
    ...(restores ?? []).map(({ workflowId, since }) => `restoring: ${workflowId}, since ${formatTime(since)}`),
    ...(control.postponed ?? []).map(describePostponedCycle),
    ...approvals.map(formatApproval),
    ...results.map(formatResult),
    ...formatCut(listed.results.shown, listed.results.total, 'result'),
    ...(limitsProblem ? [`LIMITS: ${limitsProblem}`] : []),
    ...formatAlerts(alerts.filter(({ message }) => message !== limitsProblem)),
    ...formatComponents(status.components),
    ...gaps.slice(0, mostGaps).map(({ text }) => `GAP: ${text}`),
    ...formatRest(gaps.length - mostGaps, 'gap', 'GET /api/gaps lists them'),
  ].join('\n')
}

/** The most urgent first, then the newest. */
function formatAlerts(alerts: Status['alerts']): string[] {
  const urgent = alerts.toSorted((a, b) => severityRank[b.severity] - severityRank[a.severity])
  return [
    ...urgent.slice(0, mostAlerts).map(({ severity, message }) => `ALERT ${severity}: ${message}`),
    ...formatRest(alerts.length - mostAlerts, 'alert', 'GET /api/alerts lists them'),
  ]
}

const formatRest = (count: number, noun: string, where: string): string[] =>
  count > 0 ? [`… and ${count} more ${count === 1 ? noun : `${noun}s`}; ${where}`] : []

/** "components: 3 healthy, database-1 degraded". */
function formatComponents(components: Status['components']): string[] {
  const healthy = components.filter(({ status }) => status === 'healthy').length
  const others = components.flatMap(({ component, status }) => (status === 'healthy' ? [] : [`${component} ${status}`]))
  const rest = others.length > mostComponents ? [`… and ${others.length - mostComponents} more not healthy`] : []
  const listed = [`${healthy} healthy`, ...others.slice(0, mostComponents), ...rest]
  return components.length === 0 ? [] : [`components: ${listed.join(', ')}`]
}

function formatRunning(
  { id, agentId, state, judgement, progress, poolId }: Status['trials'][number],
  all: Status['trials'],
): string {
  const others = all.filter((trial) => poolId !== null && trial.poolId === poolId && trial.id !== id)
  const together = others.length > 0 ? `, judged together with ${joinWithAnd(others.map((trial) => trial.agentId))}` : ''
  const needed = [...(progress ? [describeProgress(progress)] : []), ...(judgement?.awaited ?? []).map(describeAwaited)]
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
    ({ effect, metric, improvement }) => effect === 'lost' && metric !== targetMetric && !roundsToNothing(improvement),
  )
  const cost = lost.length > 0 ? `, at the cost of ${lost.map((effect) => describeEffect(effect, true)).join('; ')}` : ''
  return `${id}  ${agentId} ${formatChanges(actions)}  ${describeOutcome(result)}  ${measured}${cost}: ${reason}`
}
