import { describe, expect, it } from 'vitest'
import { extent, ticks } from '../../../dashboard/charts/scale.ts'
import { describeReason, formatAge, formatSignedInterval, formatSignedMean, withLocalTimes } from '../../../dashboard/format.ts'
import { listDifferences } from '../../../dashboard/pages/differences.ts'
import { formatChanges } from '../../../src/model/format.ts'
import { intKnob } from '../../support/store.ts'

describe('figures of the dashboard', () => {
  it('have a sign in lists, whose heads say of what', () => {
    expect(formatSignedInterval({ kind: 'proportion' }, [-5, 1.04])).toBe('−5.0 points to +1.0 points')
    expect(formatSignedInterval({ kind: 'continuous' }, [-0.01, 120])).toBe('0.0% to +100.0%')
    expect(formatSignedMean(8.12, 'percent')).toBe('+8.1%')
    expect(formatSignedMean(8.12, null)).toBe('+8.1 (% and points)')
  })

  it('tell ages and times to come', () => {
    expect(formatAge(0, 180_000)).toBe('3 min ago')
    expect(formatAge(7_200_000, 0)).toBe('in 2 h')
  })

  it('show the times of the optimizer as the clock of the reader does', () => {
    const at = new Date(2026, 5, 1, 14, 5)
    const shown = withLocalTimes(`left alone until ${at.toISOString()}, or until its metrics shift`)
    expect(shown).not.toContain('Z,')
    expect(shown).toMatch(/left alone until .*05.*, or until/)
    const id = 'cycle-2026-11-29T17:02:13.979Z'
    expect(withLocalTimes(`${id} examined the fleet`)).toBe(`${id} examined the fleet`)
  })
})

describe('an undo', () => {
  it('lists exactly the settings that would change', () => {
    const current = { pool: 4, order: ['a', 'b'], cache: true, ttl: 5 }
    const knobs = [intKnob('ttl', { unit: 's' })]
    const differences = listDifferences(current, { pool: 4, order: ['b', 'a'], cache: false, ttl: 9, removed: 1 }, knobs)
    expect(differences).toEqual([
      { knob: 'order', from: ['a', 'b'], to: ['b', 'a'] },
      { knob: 'cache', from: true, to: false },
      { knob: 'ttl', from: 5, to: 9, unit: 's' },
    ])
    expect(formatChanges(differences)).toBe('order a > b → b > a, cache true → false, ttl 5 → 9 s')
  })
})

describe('an axis', () => {
  it('has round values within its range', () => {
    expect(ticks([-46, 46], 6)).toEqual([-40, -20, 0, 20, 40])
    expect(ticks([0.0071, 0.0124], 4)).toEqual([0.008, 0.01, 0.012])
  })

  it('has some air even around a constant', () => {
    const [low, high] = extent([5, 5])
    expect(low).toBeLessThan(5)
    expect(high).toBeGreaterThan(5)
  })
})

it('why nothing is tried on an agent names a running trial by its agent, and not by its id', () => {
  const reason = 'opt_1_ab is running on east, which exchanges messages with north'
  expect(describeReason({ reason, trialId: 'opt_1_ab' })).toBe('a trial is running on east, which exchanges messages with north')
  const named = 'night batch is running on east'
  expect(describeReason({ reason: named })).toBe(named)
})
