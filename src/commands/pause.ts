import { formatTimestamp } from '../model/format.ts'
import { readPolicy } from '../reading/policy.ts'
import { readRunningTrials } from '../reading/trials.ts'
import { say } from '../terminal/print.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export async function pause({ reason }: { reason: string }): Promise<void> {
  await withClient(async (client) => {
    const { pause: before } = await readPolicy(client)
    await client.command({ type: 'pause' }, currentUser(), reason)
    if (before) {
      const since = `by ${before.pausedBy} since ${formatTimestamp(before.since)} (${before.reason})`
      return say(`Already paused ${since}; nothing was changed.`)
    }
    const running = (await readRunningTrials(client)).map(({ id }) => id)
    say('Paused: no trial starts until you run npx optimizer resume.')
    if (running.length > 0) say(`Running trials will finish: ${running.join(', ')}.`)
  })
}

export async function resume({ reason }: { reason: string }): Promise<void> {
  await withClient(async (client) => {
    const { pause: before } = await readPolicy(client)
    await client.command({ type: 'resume' }, currentUser(), reason)
    say(before ? 'Resumed: trials may start again.' : 'The optimizer was not paused; nothing was changed.')
  })
}
