import { readRunningTrials } from '../reading/trials.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export async function abort({ reason, wait }: { reason: string; wait: boolean }): Promise<void> {
  await withClient(async (client) => {
    await client.command({ type: 'abort' }, currentUser(), reason)
    console.log('Paused: no trial starts until you run npx optimizer resume.')
    const trials = await readRunningTrials(client)
    for (const { id, agentId } of trials) console.log(`Rolling back ${id} on ${agentId}.`)
    if (!wait) return
    const rollBacks = await Promise.all(trials.map(({ id }) => client.rollBack(id, currentUser(), reason)))
    for (const { result } of rollBacks) await result()
    console.log('No trial is running.')
  })
}
