import Table from 'cli-table3'
import { Command } from 'commander'
import type { OptimizerClient } from '../client/optimizer.ts'
import { OptimizerError } from '../model/errors.ts'
import { formatTimestamp } from '../model/format.ts'
import { listProvenVersions } from '../store/proven-versions.ts'
import { printRestoreResult } from '../terminal/print-restore-result.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export const restoreCommand = new Command('restore')
  .description(
    'restore and verify all settings of an agent as they were in a version or at a time; without --to, list its versions',
  )
  .argument('<agent>')
  .option('--to <version|time>', 'a version such as 3, or a time such as 2026-11-21T11:00', parseRestorePoint)
  .action(async (agentId: string, { to }: { to?: number | string }) => {
    await withClient(async (client) => {
      if (to === undefined) return console.log(await versions(client, agentId))
      const { workflowId, result } = await client.restore({ agentId, to, by: currentUser() })
      console.log(`${workflowId} is restoring ${agentId} to ${to}.`)
      await printRestoreResult(result)
    })
  })

/** A time without a zone is local time. */
function parseRestorePoint(text: string): number | string {
  const version = Number(text)
  if (Number.isInteger(version) && version > 0) return version
  const time = new Date(text)
  if (/^\d{4}-\d\d-\d\d/.test(text) && time.getTime() <= Date.now()) return wholeSecond(text, time).toISOString()
  throw new OptimizerError(
    'invalid-input',
    `${text} is neither a version nor a past time; use a version such as 3, or a time such as 2026-11-21T11:00.`,
  )
}

/** Times are printed without fractions of a second, so the whole second counts. */
function wholeSecond(text: string, time: Date): Date {
  return text.includes('.') ? time : new Date(time.getTime() + 999)
}

async function versions({ db }: OptimizerClient, agentId: string): Promise<string> {
  const history = await listProvenVersions(db, agentId)
  if (history.length === 0)
    throw new OptimizerError('unknown-agent', `There is no agent ${agentId}; npx optimizer status lists them.`)
  const table = new Table({ head: ['version', 'in force since', 'why'], style: { head: [], border: [] } })
  for (const { version, since, reason } of history) table.push([version, formatTimestamp(since), reason])
  return table.toString()
}
