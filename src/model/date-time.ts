/** Dates and times as people write them: ISO 8601, checked against the calendar, because JavaScript takes June 31 for July 1. */
import { z } from 'zod'
import { OptimizerError } from './errors.ts'

const pattern = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?$/

const earliestYear = 1970

/**
 * Parses a date such as `2026-11-21`, or a date and time such as `2026-11-21T11:00`, `2026-11-21 11:00:30` or `2026-11-21T11:00Z`.
 * @param timeZone IANA name of the time zone of a text without one; by default that of this process
 * @throws OptimizerError `invalid-date`, also for a time that the clocks of the time zone skip
 */
export function parseDateTime(text: string, timeZone?: string): Date {
  const match = pattern.exec(text)
  if (!match) throw invalid(`${text} is not a date and time; write it as 2026-11-21T11:00 or, in UTC, 2026-11-21T11:00Z.`)
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '0', zone] = match
  if (Number(year) < earliestYear) throw invalid(`${text} is before ${earliestYear}; check the year.`)
  const wall = `${year}-${month}-${day}T${hour}:${minute}:${second}`
  const asUtc = Date.parse(`${wall}Z`)
  if (Number.isNaN(asUtc) || new Date(asUtc).toISOString().slice(0, wall.length) !== wall)
    throw invalid(`${text} does not exist; check the day of the month and the time.`)
  const time = zone === undefined ? fromLocalTime(wall, asUtc, timeZone) : Date.parse(wall + zone)
  if (time === undefined) throw invalid(`${text} does not exist in ${timeZone ?? 'the local time zone'}: its clocks skip it.`)
  if (Number.isNaN(time)) throw invalid(`${text} has no valid UTC offset; write it as +01:00, or Z for UTC.`)
  return new Date(time + Number(fraction.padEnd(3, '0').slice(0, 3)))
}

/** A date and time with its difference from UTC, as programs send it. */
export const dateTimeSchema = z.string().superRefine((text, context) => {
  const problem = findProblem(text)
  if (problem) context.addIssue({ code: 'custom', message: problem })
})

function findProblem(text: string): string | undefined {
  try {
    parseDateTime(text, 'UTC')
  } catch (error) {
    return (error as Error).message
  }
  return /(Z|[+-]\d\d:\d\d)$/.test(text)
    ? undefined
    : `${text} has no time zone; end it with Z for UTC, or with one such as +01:00.`
}

/** Milliseconds since the epoch at which the clocks of a time zone show this time; undefined if they skip it. */
function fromLocalTime(wall: string, asUtc: number, timeZone?: string): number | undefined {
  const format = new Intl.DateTimeFormat('en', { ...parts, timeZone })
  const offsetAt = (time: number) => Date.parse(`${toWallTime(new Date(time), format)}Z`) - time
  const candidates = [asUtc - offsetAt(asUtc - offsetAt(asUtc)), asUtc - offsetAt(asUtc)]
  return candidates.find((time) => toWallTime(new Date(time), format) === wall)
}

const parts = {
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
} as const

/** `2026-11-21T11:00:00`, as clocks show it. */
function toWallTime(time: Date, format: Intl.DateTimeFormat): string {
  const shown = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]))
  return `${shown.year}-${shown.month}-${shown.day}T${shown.hour}:${shown.minute}:${shown.second}`
}

const invalid = (message: string) => new OptimizerError('invalid-date', message)
