import Table from 'cli-table3'
import { Command } from 'commander'
import type { OptimizerClient } from '../client/optimizer.ts'
import { formatImprovement } from '../model/improvement.ts'
import { livenessTimeoutMs } from '../model/liveness.ts'
import { formatAutonomy } from '../model/policy.ts'
import { formatTimestamp } from '../model/timestamp.ts'
import { getCurrentConfiguration, listAgentInstances, listAgents } from '../store/agents.ts'
import { listOpenAlerts } from '../store/alerts.ts'
import { listOpenApprovals, type PendingApproval } from '../store/approvals.ts'
import { findPause } from '../store/pause.ts'
import { listResults } from '../store/results.ts'
import { listOpenTrials } from '../store/trials.ts'
import { formatChanges } from '../terminal/render.ts'
import { withClient } from './with-client.ts'

export const statusCommand = new Command('status')
  .description('policy, agents, running trials, what waits for approval, latest results, alerts')
  .option('--json', 'print JSON')
  .action(async ({ json }) => {
    await withClient(async (client) => {
      const status = await read(client)
      console.log(json ? JSON.stringify(status, null, 2) : print(status))
    })
  })

async function read(client: OptimizerClient) {
  const { db } = client
  const agents = await Promise.all(
    (await listAgents(db)).map(async ({ agentId, kind }) => {
      const instances = await listAgentInstances(db, agentId)
      const live = instances.filter(({ heartbeatAt }) => Date.now() - heartbeatAt.getTime() < livenessTimeoutMs)
      return { agentId, kind, instances: instances.length, live: live.length, ...(await getCurrentConfiguration(db, agentId)) }
    }),
  )
  const [control, pause, trials, restores, approvals, results, alerts] = await Promise.all([
    client.status(),
    findPause(db).then((paused) => paused ?? null),
    listOpenTrials(db),
    client.restores(),
    listOpenApprovals(db),
    listResults(db, 10),
    listOpenAlerts(db),
  ])
  return { control, pause, agents, trials, restores, approvals, results, alerts }
}

function print({
  control,
  pause,
  agents,
  trials,
  restores,
  approvals,
  results,
  alerts,
}: Awaited<ReturnType<typeof read>>): string {
  const { policy } = control
  const agentTable = new Table({ head: ['agent', 'instances live', 'configuration version'], style: { head: [], border: [] } })
  for (const { agentId, live, instances, version } of agents) agentTable.push([agentId, `${live} of ${instances}`, version])
  return [
    ...(pause ? [`PAUSED by ${pause.pausedBy} since ${formatTimestamp(pause.since)}: ${pause.reason}`] : []),
    `Aggressiveness ${policy.aggressiveness} · autonomy ${formatAutonomy(policy)} · reputation ${policy.reputation.toFixed(2)} · focus ${policy.focus ?? 'the whole fleet'} · resources ${policy.resourceMode}`,
    agentTable.toString(),
    ...trials.map(({ id, agentId, state }) => `running: ${id} on ${agentId}, ${state}`),
    ...restores.map(({ workflowId, since }) => `putting back: ${workflowId}, since ${formatTimestamp(since)}`),
    ...approvals.map(approvalLine),
    ...results.map(
      ({ strategy, verdict, actualImprovement, interval, reason }) =>
        `${strategy.id}  ${strategy.agentId}  ${verdict}  ${strategy.targetMetric} ${formatImprovement(strategy.targetMetric, actualImprovement, interval)}: ${reason}`,
    ),
    ...alerts.map(({ severity, message }) => `ALERT ${severity}: ${message}`),
  ].join('\n')
}

function approvalLine({ trialId, agentId, until, strategy: { actions, asks } }: PendingApproval): string {
  return `waiting for approval: ${trialId} on ${agentId}, ${formatChanges(actions)}, risk ${asks?.risk}, until ${formatTimestamp(until)}`
}
