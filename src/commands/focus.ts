import { commandSchema } from '../model/commands.ts'
import { say } from '../terminal/print.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export async function focus(agentId: string, { reason }: { reason: string }): Promise<void> {
  await withClient(async (client) => {
    const command = commandSchema.parse(agentId === 'all' ? { type: 'clearFocus' } : { type: 'focusOnAgent', agentId })
    const { policy: before } = await client.status()
    const { focus } = await client.command(command, currentUser(), reason)
    const isSame = focus === before.focus
    say(`The focus is ${isSame ? 'already ' : ''}on ${focus ?? 'the whole fleet'}${isSame ? '; nothing was changed' : ''}.`)
  })
}
