import Table from 'cli-table3'
import { Command } from 'commander'
import type { OptimizerClient } from '../client/optimizer.ts'
import { formatImprovement } from '../model/improvement.ts'
import { silentAfterMs } from '../model/liveness.ts'
import { moment } from '../model/moment.ts'
import { autonomyText } from '../model/policy.ts'
import { agentInstances, currentConfiguration, listAgents } from '../store/agents.ts'
import { openAlerts } from '../store/alerts.ts'
import { openApprovals, type RequestedApproval } from '../store/approvals.ts'
import { currentPause } from '../store/pause.ts'
import { allResults } from '../store/results.ts'
import { openTrials } from '../store/trials.ts'
import { changesText } from '../terminal/render.ts'
import { connected } from './connected.ts'

export const statusCommand = new Command('status')
  .description('policy, agents, running trials, what waits for approval, latest results, alerts')
  .option('--json', 'print JSON')
  .action(async ({ json }) => {
    await connected(async (client) => {
      const status = await read(client)
      console.log(json ? JSON.stringify(status, null, 2) : print(status))
    })
  })

async function read(client: OptimizerClient) {
  const { db } = client
  const agents = await Promise.all(
    (await listAgents(db)).map(async ({ agentId, kind }) => {
      const instances = await agentInstances(db, agentId)
      const live = instances.filter(({ heartbeatAt }) => Date.now() - heartbeatAt.getTime() < silentAfterMs)
      return { agentId, kind, instances: instances.length, live: live.length, ...(await currentConfiguration(db, agentId)) }
    }),
  )
  const [control, pause, trials, restores, approvals, results, alerts] = await Promise.all([
    client.status().catch(() => null),
    currentPause(db).then((paused) => paused ?? null),
    openTrials(db),
    client.restores(),
    openApprovals(db),
    allResults(db, 10),
    openAlerts(db),
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
  const policy = control?.policy
  const agentTable = new Table({ head: ['agent', 'instances live', 'configuration version'], style: { head: [], border: [] } })
  for (const { agentId, live, instances, version } of agents) agentTable.push([agentId, `${live} of ${instances}`, version])
  return [
    ...(pause ? [`PAUSED by ${pause.pausedBy} since ${moment(pause.since)}: ${pause.reason}`] : []),
    policy
      ? `Aggressiveness ${policy.aggressiveness} · autonomy ${autonomyText(policy)} · reputation ${policy.reputation.toFixed(2)} · focus ${policy.focus ?? 'the whole fleet'} · resources ${policy.resourceMode}`
      : 'No cycle has run yet.',
    agentTable.toString(),
    ...trials.map(({ id, agentId, state }) => `running: ${id} on ${agentId}, ${state}`),
    ...restores.map(({ workflowId, since }) => `putting back: ${workflowId}, since ${moment(since)}`),
    ...approvals.map(approvalLine),
    ...results.map(
      ({ strategy, verdict, actualImprovement, interval, reason }) =>
        `${strategy.id}  ${strategy.agentId}  ${verdict}  ${strategy.targetMetric} ${formatImprovement(strategy.targetMetric, actualImprovement, interval)}: ${reason}`,
    ),
    ...alerts.map(({ severity, message }) => `ALERT ${severity}: ${message}`),
  ].join('\n')
}

function approvalLine({ trialId, agentId, until, strategy: { actions, asks } }: RequestedApproval): string {
  return `waiting for approval: ${trialId} on ${agentId}, ${changesText(actions)}, risk ${asks?.risk}, until ${moment(until)}`
}
