import { describe, expect, it } from 'vitest'
import { configSchema } from '../../../src/config/config.ts'
import { parseProfilingSchedule } from '../../../src/model/profiling-schedule.ts'

const accepts = (profiling_schedule: unknown) => configSchema.safeParse({ performance_engine_agent: { profiling_schedule } })

describe('profiling_schedule', () => {
  it.each([null, '0 */6 * * *', '0 0 * * *', 'CRON_TZ=Europe/Berlin 30 2 * * mon-fri', '  0 0 29 2 *  '])('may be %j', (text) => {
    expect(accepts(text).success).toBe(true)
  })

  it.each([
    ['words', 'every night', 'five fields'],
    ['nothing', '', 'five fields'],
    ['seconds', '0 0 0 * * *', 'five fields'],
    ['a minute that does not exist', '61 * * * *', 'Invalid value for minute'],
    ['a date that does not exist', '0 0 30 2 *', 'never occurs'],
    ['a day of the week that the date never is', '0 0 31 4 1', 'never occurs'],
    ['a time zone that does not exist', 'CRON_TZ=Mars/Olympus 0 0 * * *', 'Mars/Olympus'],
    ['what only some programs understand', '0 0 L * *', 'five fields'],
  ])('is refused with the reason: %s', (_what, text, reason) => {
    const { error } = accepts(text)
    expect(error?.issues[0]).toMatchObject({ path: ['performance_engine_agent', 'profiling_schedule'] })
    expect(error?.issues[0]?.message).toContain(reason)
  })

  it('has its time zone in front, by default UTC', () => {
    expect(parseProfilingSchedule('CRON_TZ=Asia/Tokyo  0  */6 * * *')).toEqual({ cron: '0 */6 * * *', timeZone: 'Asia/Tokyo' })
    expect(parseProfilingSchedule('0 0 * * *')).toEqual({ cron: '0 0 * * *', timeZone: 'UTC' })
  })
})
