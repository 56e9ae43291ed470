import { OptimizerError } from '../model/errors.ts'
import { readStatus, type Status } from '../reading/status.ts'
import { formatStatus } from '../terminal/format-status.ts'
import { print } from '../terminal/print.ts'
import { watch } from '../terminal/watch.ts'
import { concerns } from './filters.ts'
import { withReader } from './with-client.ts'

interface StatusOptions {
  agent?: string
  json?: boolean
  watch?: boolean
}

export async function status({ agent, json, watch: isWatching }: StatusOptions): Promise<void> {
  await withReader(async (client) => {
    const read = async () => selectAgent(await readStatus(client, { agentId: agent }), agent)
    if (isWatching) return await watch(async () => formatStatus(await read()))
    print(await read(), formatStatus, json)
  })
}

/** The part that is about an agent. @throws OptimizerError `unknown-agent` */
function selectAgent(status: Status, agent: string | undefined): Status {
  if (agent === undefined) return status
  const isOf = ({ agentId }: { agentId: string }) => agentId === agent
  if (!status.agents.some(isOf))
    throw new OptimizerError('unknown-agent', `There is no agent ${agent}; npx optimizer agents lists them.`)
  const isGapOf = ({ agentId }: { agentId: string | null }) => agentId === agent
  return {
    ...status,
    agents: status.agents.filter(isOf),
    trials: status.trials.filter(isOf),
    approvals: status.approvals.filter(isOf),
    gaps: status.gaps.filter(isGapOf),
    alerts: status.alerts.filter(({ component, subject }) => concerns([component, subject], agent)),
  }
}
