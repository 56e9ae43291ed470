import { printRestoreResult } from '../terminal/print-restore-result.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export async function rollBack(trialId: string, { why, harmful }: { why: string; harmful?: boolean }): Promise<void> {
  await withClient(async (client) => {
    const { workflowId, result } = await client.rollBack(trialId, currentUser(), why, harmful)
    console.log(`${workflowId} restores the configuration from before ${trialId}.`)
    await printRestoreResult(result)
  })
}
