import { describe, expect, test } from 'vitest'
import { findFreeze } from '../../../src/analysis/eligibility/freeze.ts'
import { formatTimestamp } from '../../../src/model/format.ts'
import { limitsSchema } from '../../../src/model/limits.ts'

const hunter = { agentId: 'hunter', kind: 'market-hunter' }
const at = (moment: string, window: object, agent = hunter) => {
  const freeze = findFreeze(limitsSchema.parse({ freeze: [window] }), agent, Date.parse(moment))
  return freeze && formatTimestamp(new Date(freeze.until))
}
const weekend = { begins: '0 18 * * 5', hours: 62, timeZone: 'Europe/Berlin', why: 'weekend' }

describe('a freeze window', () => {
  test.each([
    ['summer', '2026-07-03T15:59:59.999Z', undefined],
    ['summer', '2026-07-03T16:00:00.000Z', '2026-07-06T06:00:00Z'],
    ['summer', '2026-07-05T12:34:56.789Z', '2026-07-06T06:00:00Z'],
    ['summer', '2026-07-06T05:59:59.999Z', '2026-07-06T06:00:00Z'],
    ['summer', '2026-07-06T06:00:00.000Z', undefined],
    ['winter', '2026-01-02T16:59:59.000Z', undefined],
    ['winter', '2026-01-02T17:00:00.000Z', '2026-01-05T07:00:00Z'],
  ])('starts by the clock of its time zone, in %s: %s → %s', (_season, moment, until) => {
    expect(at(moment, weekend)).toBe(until)
  })

  test('lasts the given hours across a daylight saving change', () => {
    const night = { begins: '0 1 29 3 *', hours: 4, timeZone: 'Europe/Berlin' }
    expect(at('2026-03-29T03:59:59Z', night)).toBe('2026-03-29T04:00:00Z')
    expect(at('2026-03-29T04:00:00Z', night)).toBeUndefined()
  })

  test('can occur once', () => {
    const release = { begins: '2026-12-24T12:00', hours: 24, timeZone: 'Asia/Tokyo' }
    expect(at('2026-12-24T02:59:59Z', release)).toBeUndefined()
    expect(at('2026-12-24T03:00:00Z', release)).toBe('2026-12-25T03:00:00Z')
    expect(at('2026-12-25T03:00:00Z', release)).toBeUndefined()
  })

  test('that starts again before it ends is always open', () => {
    const always = { begins: '*/30 * * * *', hours: 1 }
    expect(at('2026-07-03T16:29:59Z', always)).toBe('2026-07-03T17:00:00Z')
    expect(at('2026-07-03T16:30:00Z', always)).toBe('2026-07-03T17:30:00Z')
  })

  test('applies to all agents, to one, or to a kind', () => {
    const inside = '2026-07-04T00:00:00Z'
    expect(at(inside, { ...weekend, agent: 'hunter' })).toBeDefined()
    expect(at(inside, { ...weekend, agent: 'other' })).toBeUndefined()
    expect(at(inside, { ...weekend, kind: 'market-hunter' })).toBeDefined()
    expect(at(inside, { ...weekend, kind: 'other' })).toBeUndefined()
  })
})
