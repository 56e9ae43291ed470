import { Command } from 'commander'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export const keepCommand = new Command('keep')
  .description('end a running trial and keep its change on every instance, proven or not')
  .argument('<trial>')
  .option('--why <text>', 'reason to record with the result', '')
  .action(async (trialId: string, { why }) => {
    await withClient(async (client) => {
      const { kept, silent } = await (await client.keep(trialId, currentUser(), why)).result()
      if (kept) return console.log(`${trialId} is kept on ${formatKeptInstances(silent)}.`)
      console.log(`${trialId} ended before it could be kept, and was rolled back.`)
      process.exitCode = 1
    })
  })

function formatKeptInstances(silent: readonly string[]): string {
  if (silent.length === 0) return 'every instance'
  return `every instance that responds; ${silent.join(', ')} did not respond and will get it after returning`
}
