import { commandSchema } from '../model/commands.ts'
import { printMessage } from '../terminal/print.ts'
import { getCurrentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export async function focus(agentId: string, { reason }: { reason: string }): Promise<void> {
  await withClient(async (client) => {
    const command = commandSchema.parse(agentId === 'all' ? { type: 'clearFocus' } : { type: 'focusOnAgent', agentId })
    const { policy: before } = await client.status()
    const { focus } = await client.command(command, getCurrentUser(), reason)
    const isSame = focus === before.focus
    printMessage(
      `The focus is ${isSame ? 'already ' : ''}on ${focus ?? 'the whole fleet'}${isSame ? '; nothing was changed' : ''}.`,
    )
  })
}
