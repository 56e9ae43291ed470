import { parseDateTime } from './date-time.ts'
import { OptimizerError } from './errors.ts'

const unitMs: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const longestMs = 36_500 * 86_400_000

/**
 * A time in the past, as people write it: a duration ago, such as `7d`, `24h` or `90min`, or a date and time such as `2026-11-21T11:00`.
 * @param now milliseconds since the epoch
 * @throws OptimizerError `invalid-date`
 */
export function parseSince(text: string, now = Date.now()): Date {
  const match = /^(\d+(?:\.\d+)?) ?(s|min|m|h|d|w)$/.exec(text.trim())
  if (!match) return /^[\d.]+ ?[a-z]*$/i.test(text.trim()) ? refuse(text) : parseDateTime(text)
  const ms = Number(match[1]) * unitMs[match[2]!]!
  return ms <= longestMs ? new Date(now - ms) : refuse(text)
}

function refuse(text: string): never {
  const message = `${text} is not a time; write a duration ago, such as 90min, 24h or 7d, or a time such as 2026-11-21T11:00.`
  throw new OptimizerError('invalid-date', message)
}
