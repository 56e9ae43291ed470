import { printRestoreResult } from '../terminal/print-restore-result.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export async function rollBack(trialId: string, { why }: { why: string }): Promise<void> {
  await withClient(async (client) => {
    const { workflowId, result } = await client.rollBack(trialId, currentUser(), why)
    console.log(`${workflowId} is restoring the configuration from before ${trialId}.`)
    await printRestoreResult(result)
  })
}
