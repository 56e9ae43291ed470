import { Command } from 'commander'
import { commandSchema } from '../model/commands.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export const focusCommand = new Command('focus')
  .description('optimize only one agent, or the whole fleet again')
  .argument('<agent>', 'an agent, or all')
  .option('--reason <text>', 'reason for the audit trail', 'from the command line')
  .action(async (agentId: string, { reason }) => {
    await withClient(async (client) => {
      const order = commandSchema.parse(agentId === 'all' ? { type: 'clearFocus' } : { type: 'focusOnAgent', agentId })
      const policy = await client.command(order, currentUser(), reason)
      console.log(`The focus is on ${policy.focus ?? 'the whole fleet'}.`)
    })
  })
