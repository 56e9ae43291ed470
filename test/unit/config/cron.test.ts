import { expect, test } from 'vitest'
import { cronSchema } from '../../../src/model/cron.ts'

test.each(['0 0 * * *', '0 */6 * * *', '*/5 8-18 * * mon-fri', 'CRON_TZ=Europe/Berlin 30 2 1,15 * *', '0 0 29 2 *'])(
  '%s is a schedule',
  (text) => {
    expect(cronSchema.safeParse(text).success).toBe(true)
  },
)

test.each(['', 'daily', '0 0 * *', '0 0 0 * * *', '60 0 * * *', '0 0 30 2 *', 'CRON_TZ=Mars/Olympus 0 0 * * *', '0 0 * * 9'])(
  '%s is none',
  (text) => {
    expect(cronSchema.safeParse(text).success).toBe(false)
  },
)
