import { explain } from '../reading/explain.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

/** The rules of docs/what-may-run.md that a release ends. */
const releasedCodes = new Set(['converged', 'oscillating', 'awaiting-decision', 'decided-by-person', 'rolled-back-recently'])

export async function release(agentId: string, knob: string | undefined, { reason }: { reason: string }): Promise<void> {
  await withClient(async (client) => {
    const { restrictions = [] } = await explain(client, agentId)
    const released = restrictions.filter(({ code, knob: of }) => releasedCodes.has(code) && (!knob || !of || of === knob))
    await client.command({ type: 'release', agentId, ...(knob && { knob }) }, currentUser(), reason)
    const subject = knob ? `${knob} of ${agentId}` : agentId
    console.log(released.length > 0 ? `${subject} may be tried again; this no longer applies:` : `${subject} was not left alone.`)
    for (const { knob: of, reason: why } of released) console.log(`  ${of ? `${of}: ` : ''}${why}`)
  })
}
