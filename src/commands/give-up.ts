import { printRestoreResult } from '../terminal/print-restore-result.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export async function giveUp(id: string, { reason }: { reason: string }): Promise<void> {
  await withClient(async (client) => printRestoreResult(() => client.giveUp(id, { by: currentUser(), reason })))
}
