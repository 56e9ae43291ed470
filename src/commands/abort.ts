import { setTimeout as sleep } from 'node:timers/promises'
import type { OptimizerClient } from '../client/optimizer.ts'
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
    await waitUntilEnded(client, new Set(trials.map(({ id }) => id)))
    console.log('No trial is running.')
  })
}

async function waitUntilEnded(client: OptimizerClient, ids: ReadonlySet<string>): Promise<void> {
  while ((await readRunningTrials(client)).some(({ id }) => ids.has(id))) await sleep(500)
}
