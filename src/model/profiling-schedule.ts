import { Cron } from 'croner'
import { z } from 'zod'

/** A cron expression of five fields in a time zone. */
export interface ProfilingSchedule {
  cron: string
  timeZone: string
}

/** A text such as `30 2 * * 1`, in UTC, or `CRON_TZ=Europe/Berlin 30 2 * * 1`. */
export const profilingScheduleSchema = z.string().superRefine((text, context) => {
  const problem = findProblem(parseProfilingSchedule(text))
  if (problem) context.addIssue({ code: 'custom', message: problem })
})

/** Splits a schedule into cron expression and time zone, which is UTC unless it says otherwise. */
export function parseProfilingSchedule(text: string): ProfilingSchedule {
  const [, timeZone = 'UTC', cron] = /^\s*(?:(?:CRON_TZ|TZ)=(\S+)\s+)?(.*?)\s*$/s.exec(text)!
  return { cron: cron!.replace(/\s+/g, ' '), timeZone }
}

/** A field that both croner, which checks it, and Temporal, which carries it out, understand. */
const field = /^[\d*/,-]+$|^(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)[,-]?)+$/i

function findProblem({ cron, timeZone }: ProfilingSchedule): string | undefined {
  const fields = cron.split(' ')
  if (fields.length !== 5 || !fields.every((part) => field.test(part)))
    return `${JSON.stringify(cron)} is not a cron expression of five fields, such as "0 */6 * * *" or "CRON_TZ=Europe/Berlin 30 2 * * 1"`
  try {
    Intl.DateTimeFormat('en', { timeZone })
    // As Temporal does, a day has to match both the day of the month and the day of the week.
    const next = new Cron(cron, { timezone: timeZone, mode: '5-part', domAndDow: true }).nextRun(new Date(0))
    return next ? undefined : `${cron} never occurs`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
