import { parseDateTime } from '../model/date-time.ts'
import { OptimizerError } from '../model/errors.ts'
import { versionSchema } from '../model/knob.ts'

/**
 * Parses a version, or a past time, which becomes ISO 8601 in UTC. A time without a zone is local time.
 * @throws OptimizerError `invalid-input`, `invalid-date`
 */
export function parseVersionOrTime(text: string): number | string {
  if (/^\d+$/.test(text)) {
    const version = versionSchema.safeParse(Number(text))
    if (version.success) return version.data
    throw new OptimizerError('invalid-input', `${text} is not a version; npx optimizer restore lists the versions of an agent.`)
  }
  const time = parseDateTime(text)
  if (time.getTime() <= Date.now()) return toWholeSecond(text, time).toISOString()
  throw new OptimizerError('invalid-input', `${text} is in the future; use a past time, or a version such as 3.`)
}

/** Times are printed without fractions of a second, so the whole second counts. */
function toWholeSecond(text: string, time: Date): Date {
  return text.includes('.') ? time : new Date(time.getTime() + 999)
}
