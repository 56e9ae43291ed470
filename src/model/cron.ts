import { Cron } from 'croner'
import { z } from 'zod'
import { describeError } from './errors.ts'

/** A cron expression of five fields, with an optional time zone before it: `CRON_TZ=Europe/Berlin 0 3 * * *`. */
export const cronSchema = z
  .string()
  .max(200)
  .superRefine((text, context) => {
    const message = findCronProblem(text)
    if (message) context.addIssue({ code: 'custom', message })
  })

/** Why a text is not a usable cron expression; undefined if it is one. */
function findCronProblem(text: string): string | undefined {
  const [, timezone = 'UTC', expression = ''] = /^(?:(?:CRON_)?TZ=(\S+)\s+)?(.*)$/.exec(text.trim()) ?? []
  try {
    Intl.DateTimeFormat('en', { timeZone: timezone })
    return new Cron(expression, { timezone, mode: '5-part' }).nextRun() ? undefined : `${text} names a date that does not exist`
  } catch (error) {
    return `${text} is not a cron expression of five fields, such as 0 */6 * * * (${describeError(error)})`
  }
}
