import { describeImprovement, formatChanges, formatTimestamp } from '../model/format.ts'
import { formatAutonomy, type Policy } from '../model/policy.ts'
import type { OptimizationResult } from '../model/result.ts'
import type { Status } from '../reading/status.ts'
import { formatTable } from './table.ts'

/** The status, for the terminal. */
export function formatStatus(status: Status): string {
  const { control, pause, agents, trials, restores, approvals, results, alerts } = status
  return [
    ...(pause ? [`PAUSED by ${pause.pausedBy} since ${formatTimestamp(pause.since)}: ${pause.reason}`] : []),
    ...(restores ? [] : ['Temporal does not answer.']),
    formatPolicy(control.policy),
    formatTable(
      ['agent', 'instances live', 'configuration version'],
      agents.map(({ agentId, live, instances, goneSince, version }) => [
        agentId,
        goneSince ? `gone since ${formatTimestamp(goneSince)}` : `${live} of ${instances}`,
        version,
      ]),
    ),
    ...trials.map(({ id, agentId, state }) => `running: ${id} on ${agentId}, ${state}`),
    ...(restores ?? []).map(({ workflowId, since }) => `restoring: ${workflowId}, since ${formatTimestamp(since)}`),
    ...approvals.map(formatApproval),
    ...results.map(formatResult),
    ...alerts.map(({ severity, message }) => `ALERT ${severity}: ${message}`),
  ].join('\n')
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
  return `waiting for approval: ${trialId} on ${agentId}, ${formatChanges(actions)}, risk ${asks?.risk}, until ${formatTimestamp(until)}`
}

function formatResult({ strategy, verdict, actualImprovement, interval, reason }: OptimizationResult): string {
  const { id, agentId, targetMetric } = strategy
  return `${id}  ${agentId}  ${verdict}  ${describeImprovement(targetMetric, actualImprovement, interval)}: ${reason}`
}
