import { describe, expect, test } from 'vitest'
import { findReasons, listRestrictions } from '../../../src/analysis/eligibility/index.ts'
import type { KnobValue } from '../../../src/model/knob.ts'
import { eligibilityFacts, planOn } from '../../support/eligibility.ts'
import { now } from '../../support/profiles.ts'
import { intKnob } from '../../support/store.ts'

const hour = 3_600_000
const affects = [{ metric: 'responseTime' as const, improves: 'increase' as const }]
const knobs = [intKnob('cacheSize', { affects })]

/** A person turned cacheSize from 4 to 8, by setting it or by keeping a trial's change. */
const decided = (hoursAgo = 1, releases: { knob: string | null; at: number }[] = []) =>
  eligibilityFacts({
    knobs,
    values: { cacheSize: 8 },
    history: [
      { at: now - 50 * hour, values: { cacheSize: 4 } },
      { at: now - hoursAgo * hour, values: { cacheSize: 8 }, byPerson: true },
    ],
    releases,
  })
const codes = (facts: ReturnType<typeof decided>, to: KnobValue, requester?: 'person' | 'approved') =>
  findReasons(facts, [{ knob: 'cacheSize', from: 8, to }], 'planning', requester).map(({ code }) => code)

describe('what a person decided within a day', () => {
  test('is not reversed, but may be continued', () => {
    expect(codes(decided(), 6)).toEqual(['decided-by-person'])
    expect(codes(decided(), 9)).toEqual([])
    expect(planOn(decided()).strategies.flatMap(({ actions }) => actions)).toEqual([
      expect.objectContaining({ knob: 'cacheSize', to: expect.toSatisfy((to: number) => to > 8) }),
    ])
  })

  test('may be reversed after a day, by a person, or once the knob is released', () => {
    expect(codes(decided(24), 6)).toEqual([])
    expect(codes(decided(), 6, 'person')).toEqual([])
    expect(codes(decided(1, [{ knob: 'cacheSize', at: now }]), 6)).toEqual([])
    expect(codes(decided(1, [{ knob: null, at: now }]), 6)).toEqual([])
    expect(codes(decided(1, [{ knob: 'depth', at: now }]), 6)).toEqual(['decided-by-person'])
  })

  test('is listed among the restrictions, with the command that ends the rest', () => {
    expect(listRestrictions(decided())).toEqual([
      {
        code: 'decided-by-person',
        knob: 'cacheSize',
        until: now + 23 * hour,
        reason: expect.stringContaining('npx optimizer release hunter cacheSize lifts this restriction'),
      },
    ])
  })
})
