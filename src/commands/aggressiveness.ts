import { type Command, commandSchema } from '../model/commands.ts'
import { OptimizerError } from '../model/errors.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export async function aggressiveness(change: string | undefined, { reason }: { reason: string }): Promise<void> {
  await withClient(async (client) => {
    const policy = change ? await client.command(parseChange(change), currentUser(), reason) : (await client.status()).policy
    console.log(`Aggressiveness is ${policy.aggressiveness}.`)
  })
}

function parseChange(change: string): Command {
  if (change === 'up') return { type: 'increaseAggressiveness' }
  if (change === 'down') return { type: 'decreaseAggressiveness' }
  const level = commandSchema.safeParse({ type: 'setAggressiveness', level: /^\d$/.test(change) ? Number(change) : change })
  if (!level.success)
    throw new OptimizerError('invalid-input', `${change} is not an aggressiveness level; use up, down or a level from 1 to 5.`)
  return level.data
}
