import { printMessage } from '../terminal/print.ts'
import { getCurrentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export async function forget(agentId: string, { reason }: { reason?: string }): Promise<void> {
  await withClient(async (client) => {
    await client.forget(agentId, getCurrentUser(), reason)
    printMessage(`${agentId} is forgotten; it comes back if it registers again.`)
  })
}
