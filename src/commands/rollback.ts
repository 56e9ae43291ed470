import { resolveTrialId } from '../reading/short-ids.ts'
import { printMessage } from '../terminal/print.ts'
import { getReason, type ReasonOptions } from './arguments.ts'
import { getCurrentUser } from './current-user.ts'
import { reportRestore } from './report-restore.ts'
import { withClient } from './with-client.ts'

export async function rollBack(id: string, options: ReasonOptions & { harmful?: boolean }): Promise<void> {
  await withClient(async (client) => {
    const trialId = await resolveTrialId(client, id)
    const { workflowId, result } = await client.rollBack(trialId, getCurrentUser(), getReason(options), options.harmful)
    if (workflowId !== null) printMessage(`${workflowId} is restoring the configuration from before ${trialId}.`)
    await reportRestore(result)
  })
}
