import { readRunningTrials } from '../reading/trials.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export async function pause({ reason }: { reason: string }): Promise<void> {
  await withClient(async (client) => {
    await client.command({ type: 'pause' }, currentUser(), reason)
    const running = (await readRunningTrials(client)).map(({ id }) => id)
    console.log('Paused: no trial starts until you run npx optimizer resume.')
    if (running.length > 0) console.log(`Running trials will finish: ${running.join(', ')}.`)
  })
}

export async function resume({ reason }: { reason: string }): Promise<void> {
  await withClient(async (client) => {
    await client.command({ type: 'resume' }, currentUser(), reason)
    console.log('Resumed: trials may start again.')
  })
}
