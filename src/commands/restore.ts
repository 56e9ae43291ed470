import { parseDateTime } from '../model/date-time.ts'
import { OptimizerError } from '../model/errors.ts'
import { versionSchema } from '../model/knob.ts'
import { readConfigurations } from '../reading/configurations.ts'
import { formatVersions } from '../terminal/format-versions.ts'
import { printRestoreResult } from '../terminal/print-restore-result.ts'
import { currentUser } from './current-user.ts'
import { withClient } from './with-client.ts'

export async function restoreAgent(agentId: string, { to: point, limit }: { to?: string; limit?: number }): Promise<void> {
  const to = point === undefined ? undefined : parsePoint(point)
  await withClient(async (client) => {
    if (to === undefined) return console.log(formatVersions(await readConfigurations(client, agentId, limit)))
    const { workflowId, result } = await client.restore({ agentId, to, by: currentUser() })
    console.log(`${workflowId} restores ${agentId} to ${typeof to === 'number' ? `version ${to}` : to}.`)
    await printRestoreResult(result)
  })
}

/**
 * Parses a version, or a past time, which becomes ISO 8601 in UTC. A time without a zone is local time.
 * @throws OptimizerError `invalid-input`, `invalid-date`
 */
function parsePoint(text: string): number | string {
  if (/^\d+$/.test(text)) {
    const version = versionSchema.safeParse(Number(text))
    if (version.success) return version.data
    throw new OptimizerError('invalid-input', `${text} is not a version; npx optimizer restore lists those of an agent.`)
  }
  const time = parseDateTime(text)
  if (time.getTime() <= Date.now()) return toWholeSecond(text, time).toISOString()
  throw new OptimizerError('invalid-input', `${text} is in the future; use a past time, or a version such as 3.`)
}

/** Times are printed without fractions of a second, so the whole second counts. */
function toWholeSecond(text: string, time: Date): Date {
  return text.includes('.') ? time : new Date(time.getTime() + 999)
}
