import { resolveTrialId } from '../reading/short-ids.ts'
import { printRestoreResult } from '../terminal/print-restore-result.ts'
import { getCurrentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export async function giveUp(id: string, { reason }: { reason: string }): Promise<void> {
  await withClient(async (client) => {
    const whole = await resolveTrialId(client, id)
    await printRestoreResult(() => client.giveUp(whole, { by: getCurrentUser(), reason }))
  })
}
