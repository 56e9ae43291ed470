import type { OptimizerClient } from '../client/optimizer.ts'
import { withDatabase } from '../client/with-database.ts'
import { OptimizerError } from '../model/errors.ts'
import { readCurrentConfigurations } from '../reading/configurations.ts'
import { readCycle, readCycles } from '../reading/cycles.ts'
import { readRunReport } from '../reading/run-report.ts'
import { resolveCycleId } from '../reading/short-ids.ts'
import { formatPlan } from '../terminal/format-plan.ts'
import { formatReport } from '../terminal/format-report.ts'
import { followCycle, showCycle } from '../terminal/live-view.ts'
import { print } from '../terminal/print.ts'
import { getCurrentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

/** More than is planned for a fleet that this optimizer is made for. */
const mostOfPlan = 10_000

interface CycleOptions {
  target?: string
  dryRun?: boolean
  reason?: string
  wait?: boolean
  /** The id of a cycle, or true for the latest. */
  watch?: string | true
  json?: boolean
}

export async function runCycle({ target, wait, watch, json, dryRun, reason }: CycleOptions): Promise<void> {
  if (watch !== undefined) return await watchCycle(watch)
  await withClient(async (client) => {
    if (dryRun) return await plan(client, { target, reason, json })
    const before = await readCurrentConfigurations(client)
    const started = await client.startCycle({ target }, getCurrentUser(), reason)
    const { workflowId } = started
    if (!wait) return console.log(json ? JSON.stringify({ workflowId }) : `Started ${workflowId}.`)
    await (json ? started.result() : followCycle(client, started))
    print(await readRunReport(client, [workflowId], before), formatReport, json)
  })
}

/** Shows a cycle until it has ended. @throws OptimizerError `unknown-cycle` */
async function watchCycle(wanted: string | true): Promise<void> {
  await withDatabase(async (context) => {
    const id = wanted === true ? (await readCycles(context, 1)).items[0]?.id : await resolveCycleId(context, wanted)
    if (id === undefined) throw new OptimizerError('unknown-cycle', 'No cycle has run yet; npx optimizer cycle starts one.')
    await readCycle(context, id)
    await showCycle(context, id)
  })
}

async function plan(client: OptimizerClient, { target, reason, json }: CycleOptions): Promise<void> {
  const { workflowId, result } = await client.startCycle({ target, dryRun: true }, getCurrentUser(), reason)
  await result()
  const { strategies, skipped } = await readCycle(client, workflowId, mostOfPlan)
  print({ workflowId, strategies, skipped }, formatPlan, json)
}
