import type { OptimizerClient } from '../client/optimizer.ts'
import type { Restriction } from '../model/explanation.ts'
import { explain } from '../reading/explain.ts'
import { printMessage } from '../terminal/print.ts'
import { getCurrentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export async function release(agentId: string, knob: string | undefined, { reason }: { reason: string }): Promise<void> {
  await withClient(async (client) => {
    const before = await listReleasable(client, agentId)
    await client.command({ type: 'release', agentId, ...(knob && { knob }) }, getCurrentUser(), reason)
    const left = new Set((await listReleasable(client, agentId)).map(keyOf))
    const released = before.filter((restriction) => !left.has(keyOf(restriction)))
    const subject = knob ? `${knob} of ${agentId}` : agentId
    printMessage(
      released.length > 0 ? `${subject} may be tried again; this no longer applies:` : `${subject} was not in cooldown.`,
    )
    for (const { knob: of, reason: why } of released) printMessage(`  ${of ? `${of}: ` : ''}${why}`)
  })
}

async function listReleasable(client: OptimizerClient, agentId: string): Promise<Restriction[]> {
  const { restrictions = [] } = await explain(client, agentId)
  return restrictions.filter(({ isReleasable }) => isReleasable)
}

const keyOf = ({ code, knob, reason }: Restriction) => JSON.stringify([code, knob, reason])
