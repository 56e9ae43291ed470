import { describe, expect, test } from 'vitest'
import { agentRestoreSchema } from '../../../src/model/commands.ts'
import { parseDateTime } from '../../../src/model/date-time.ts'
import { limitsSchema } from '../../../src/model/limits.ts'

const berlin = 'Europe/Berlin'

describe('a date and time', () => {
  test.each([
    ['2026-11-21', 'UTC', '2026-11-21T00:00:00.000Z'],
    ['2026-11-21T11:00', berlin, '2026-11-21T10:00:00.000Z'],
    ['2026-07-21 11:00:30', berlin, '2026-07-21T09:00:30.000Z'],
    ['2026-11-21T11:00:30.57Z', berlin, '2026-11-21T11:00:30.570Z'],
    ['2026-11-21T11:00+05:30', berlin, '2026-11-21T05:30:00.000Z'],
    ['2028-02-29T12:00', 'Asia/Tokyo', '2028-02-29T03:00:00.000Z'],
    ['2026-03-29T03:00', berlin, '2026-03-29T01:00:00.000Z'],
  ])('%s in %s is %s', (text, timeZone, time) => {
    expect(parseDateTime(text, timeZone).toISOString()).toBe(time)
  })

  test.each([
    ['2026-06-31T18:00', 'does not exist'],
    ['2026-02-29', 'does not exist'],
    ['2026-13-01T00:00Z', 'does not exist'],
    ['2026-06-30T24:00', 'does not exist'],
    ['2026-06-30T23:60Z', 'does not exist'],
    ['2026-03-29T02:30', 'does not exist in Europe/Berlin: its clocks skip it'],
    ['2026-06-30T18:00+25:00', 'no valid UTC offset'],
    ['2026-6-30', 'is not a date and time'],
    ['30.06.2026', 'is not a date and time'],
    ['0000-01-01', 'is before 1970'],
    ['tomorrow', 'is not a date and time'],
    ['2026-06-30T18:00\n', 'is not a date and time'],
  ])('%j is refused: it %s', (text, reason) => {
    expect(() => parseDateTime(text, berlin)).toThrow(reason)
  })
})

test.each(['2026-06-31T18:00', '2026-02-29T00:00', '2026-06-30T25:00'])('no freeze window begins on %s', (begins) => {
  const { error } = limitsSchema.safeParse({ freeze: [{ begins, hours: 2 }] })
  expect(error?.issues[0]).toMatchObject({ path: ['freeze', 0, 'begins'], message: expect.stringContaining('does not exist') })
})

test.each([
  ['2026-06-31T18:00:00Z', 'does not exist'],
  ['2026-06-30T18:00', 'has no time zone'],
  ['soon', 'is not a date and time'],
  [2.5, 'is not a version'],
  [{}, 'name at least one knob'],
  [{ 'a b': 1 }, 'letters, digits'],
  [{ pool: null }, 'pool: must be a number'],
])('an agent is not restored to %j, and the reason is that it %s', (to, reason) => {
  const { error } = agentRestoreSchema.safeParse({ agentId: 'hunter', to, by: 'ada' })
  expect(error?.issues[0]?.message).toContain(reason)
})
