import { prepareSideEffectNotes } from '../reading/side-effect-notes.ts'
import { printMessage } from '../terminal/print.ts'
import { getCurrentUser } from './current-user.ts'
import { parseAssignments } from './parse-assignments.ts'
import { reportRestore } from './report-restore.ts'
import { withClient } from './with-client.ts'

export async function setKnobs(
  agentId: string,
  assignments: Map<string, string>,
  { reason }: { reason?: string },
): Promise<void> {
  await withClient(async (client) => {
    const to = await parseAssignments(client, agentId, assignments)
    const readNotes = await prepareSideEffectNotes(client, agentId, Object.keys(to))
    const { workflowId, result } = await client.restore({ agentId, to, by: getCurrentUser(), reason })
    printMessage(`${workflowId} is setting ${Object.keys(to).join(', ')} on ${agentId}.`)
    await reportRestore(result)
    for (const note of await readNotes()) printMessage(note)
  })
}
