import { Command } from 'commander'
import { showCycle } from '../start/live-view.ts'
import { printReport } from '../start/print-report.ts'
import { configurations, runReport } from '../start/report.ts'
import { connected } from './connected.ts'

export const cycleCommand = new Command('cycle')
  .description('start an ad-hoc cycle')
  .option('--target <agent>', 'optimize this agent only')
  .option('--wait', 'show the cycle and its report')
  .option('--json', 'print JSON; with --wait the report')
  .action(async ({ target, wait, json }) => {
    await connected(async (client) => {
      const before = await configurations(client)
      const cycle = await client.startCycle({ target })
      if (!wait) return console.log(json ? JSON.stringify({ workflowId: cycle.workflowId }) : `Started ${cycle.workflowId}.`)
      const ended = new AbortController()
      const done = cycle.result().finally(() => ended.abort())
      await Promise.all([done, json || showCycle(client, cycle.workflowId, ended.signal)])
      const report = await runReport(client, [cycle.workflowId], before)
      console.log(json ? JSON.stringify(report, null, 2) : printReport(report))
    })
  })
