import { watchSetting } from '../reading/set-notes.ts'
import { say } from '../terminal/print.ts'
import { currentUser } from './current-user.ts'
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
    const readNotes = await watchSetting(client, agentId, Object.keys(to))
    const { workflowId, result } = await client.restore({ agentId, to, by: currentUser(), reason })
    say(`${workflowId} is setting ${Object.keys(to).join(', ')} on ${agentId}.`)
    await reportRestore(result)
    for (const note of await readNotes()) say(note)
  })
}
