import { Command } from 'commander'
import { commandSchema, type Command as Order } from '../model/commands.ts'
import { OptimizerError } from '../model/errors.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export const aggressivenessCommand = new Command('aggressiveness')
  .description('show how boldly the optimizer acts, or change it')
  .argument('[change]', 'up, down or a level from 1 to 5')
  .option('--reason <text>', 'reason for the audit trail', 'from the command line')
  .action(async (change: string | undefined, { reason }) => {
    await withClient(async (client) => {
      const policy = change ? await client.command(order(change), currentUser(), reason) : (await client.status()).policy
      console.log(`Aggressiveness is ${policy.aggressiveness}.`)
    })
  })

function order(change: string): Order {
  if (change === 'up') return { type: 'increaseAggressiveness' }
  if (change === 'down') return { type: 'decreaseAggressiveness' }
  const level = commandSchema.safeParse({ type: 'setAggressiveness', level: Number(change) })
  if (!level.success) throw new OptimizerError('invalid-input', `${change} is not a level; use up, down or a level from 1 to 5.`)
  return level.data
}
