import { Command } from 'commander'
import type { OptimizerClient } from '../client/optimizer.ts'
import { buildRunReport, loadCurrentConfigurations } from '../reading/run-report.ts'
import { listCycleStrategies } from '../store/strategies.ts'
import { formatPlan } from '../terminal/format-plan.ts'
import { formatReport } from '../terminal/format-report.ts'
import { followCycle } from '../terminal/live-view.ts'
import { withClient } from './with-client.ts'

export const cycleCommand = new Command('cycle')
  .description('start an ad-hoc cycle')
  .option('--target <agent>', 'optimize only this agent')
  .option('--dry-run', 'plan and explain, but change nothing')
  .option('--wait', 'show the cycle live and print its report')
  .option('--json', 'print JSON; with --wait, the report')
  .action(async ({ target, wait, json, dryRun }) => {
    await withClient(async (client) => {
      if (dryRun) return await plan(client, target, json)
      const before = await loadCurrentConfigurations(client)
      const cycle = await client.startCycle({ target })
      if (!wait) return console.log(json ? JSON.stringify({ workflowId: cycle.workflowId }) : `Started ${cycle.workflowId}.`)
      const { workflowId } = cycle
      const { deferred } = json ? await cycle.result() : await followCycle(client, cycle)
      const report = await buildRunReport(client, [{ workflowId, deferred }], before)
      console.log(json ? JSON.stringify(report, null, 2) : formatReport(report))
    })
  })

async function plan(client: OptimizerClient, target: string | undefined, json: boolean): Promise<void> {
  const { workflowId, result } = await client.startCycle({ target, dryRun: true })
  const { skipped } = await result()
  const strategies = await listCycleStrategies(client.db, workflowId)
  console.log(json ? JSON.stringify({ workflowId, strategies, skipped }, null, 2) : formatPlan(strategies, skipped))
}
