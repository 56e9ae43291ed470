import { type Command, commandSchema } from '../model/commands.ts'
import { OptimizerError } from '../model/errors.ts'
import { print, printMessage } from '../terminal/print.ts'
import { getCurrentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export async function changeAggressiveness(
  change: string | undefined,
  { reason, json }: { reason: string; json?: boolean },
): Promise<void> {
  await withClient(async (client) => {
    const { policy: before } = await client.status()
    if (!change) {
      const { aggressiveness, aggressivenessAsked } = before
      return print({ aggressiveness, aggressivenessAsked }, () => `Aggressiveness is ${aggressiveness}.`, json)
    }
    const after = await client.command(parseChange(change), getCurrentUser(), reason)
    const isSame = before.aggressiveness === after.aggressiveness && before.aggressivenessAsked === after.aggressivenessAsked
    printMessage(`Aggressiveness is ${isSame ? 'already ' : ''}${after.aggressiveness}${isSame ? '; nothing was changed' : ''}.`)
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
