import { readRunningTrials } from '../reading/trials.ts'
import { printMessage } from '../terminal/print.ts'
import { getCurrentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export async function abort({ reason, wait }: { reason: string; wait: boolean }): Promise<void> {
  await withClient(async (client) => {
    await client.command({ type: 'abort' }, getCurrentUser(), reason)
    printMessage('Paused: no new trials will start until you run npx optimizer resume.')
    const trials = await readRunningTrials(client)
    for (const { id, agentId } of trials) printMessage(`Rolling back ${id} on ${agentId}.`)
    if (!wait) return
    const rollBacks = await Promise.all(trials.map(({ id }) => client.rollBack(id, getCurrentUser(), reason)))
    for (const { result } of rollBacks) await result()
    printMessage('No trial is running.')
  })
}
