import type { OptimizerClient } from '../client/optimizer.ts'
import { readCurrentConfigurations } from '../reading/configurations.ts'
import { readCycle } from '../reading/cycles.ts'
import { readRunReport } from '../reading/run-report.ts'
import { formatPlan } from '../terminal/format-plan.ts'
import { formatReport } from '../terminal/format-report.ts'
import { followCycle } from '../terminal/live-view.ts'
import { print } from '../terminal/print.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

interface CycleOptions {
  target?: string
  dryRun?: boolean
  wait?: boolean
  json?: boolean
}

export async function cycle({ target, wait, json, dryRun }: CycleOptions): Promise<void> {
  await withClient(async (client) => {
    if (dryRun) return await plan(client, target, json)
    const before = await readCurrentConfigurations(client)
    const started = await client.startCycle({ target }, currentUser())
    const { workflowId } = started
    if (!wait) return console.log(json ? JSON.stringify({ workflowId }) : `Started ${workflowId}.`)
    const { deferred } = json ? await started.result() : await followCycle(client, started)
    print(await readRunReport(client, [{ workflowId, deferred }], before), formatReport, json)
  })
}

async function plan(client: OptimizerClient, target: string | undefined, json?: boolean): Promise<void> {
  const { workflowId, result } = await client.startCycle({ target, dryRun: true }, currentUser())
  await result()
  const { strategies, skipped } = await readCycle(client, workflowId)
  print({ workflowId, strategies, skipped }, formatPlan, json)
}
