import { formatTimestamp } from '../model/format.ts'
import { readPolicy } from '../reading/policy.ts'
import { readRunningTrials } from '../reading/trials.ts'
import { printMessage } from '../terminal/print.ts'
import { getCurrentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export async function pause({ reason }: { reason: string }): Promise<void> {
  await withClient(async (client) => {
    const { pause: before } = await readPolicy(client)
    await client.command({ type: 'pause' }, getCurrentUser(), reason)
    if (before) {
      const since = `by ${before.pausedBy} since ${formatTimestamp(before.since)} (${before.reason})`
      return printMessage(`Already paused ${since}; nothing was changed.`)
    }
    const running = (await readRunningTrials(client)).map(({ id }) => id)
    printMessage('Paused: no new trials will start until you run npx optimizer resume.')
    if (running.length > 0) printMessage(`Running trials will finish: ${running.join(', ')}.`)
  })
}

export async function resume({ reason }: { reason: string }): Promise<void> {
  await withClient(async (client) => {
    const { pause: before } = await readPolicy(client)
    await client.command({ type: 'resume' }, getCurrentUser(), reason)
    printMessage(before ? 'Resumed: trials may start again.' : 'The optimizer was not paused; nothing was changed.')
  })
}
