import { say } from '../terminal/print.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export async function forget(agentId: string, { reason }: { reason?: string }): Promise<void> {
  await withClient(async (client) => {
    await client.forget(agentId, currentUser(), reason)
    say(`${agentId} is forgotten; it comes back if it registers again.`)
  })
}
