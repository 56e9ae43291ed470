import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { determineStandings } from '../../../src/analysis/reporting/results/index.ts'
import type { KnobValue } from '../../../src/model/knob.ts'
import { describeOutcome } from '../../../src/model/result.ts'
import { planned, resultOf } from '../../support/trial-facts.ts'

const kept = (id: string, changes: [knob: string, from: KnobValue, to: KnobValue][], isRestored = false) => {
  const { strategy, ...result } = resultOf(planned())
  const actions = changes.map(([knob, from, to]) => ({ description: '', agentId: 'hunter', knob, from, to }))
  return { result: { ...result, strategy: { ...strategy, id, actions } }, isRestored }
}
const standings = (newestFirst: ReturnType<typeof kept>[], current: Record<string, KnobValue>) =>
  Object.fromEntries(determineStandings(newestFirst, current))

describe('what stands now of kept changes', () => {
  const first = kept('first', [['cache', 1, 2]])
  const second = kept('second', [['cache', 2, 4]])

  test('is in force, or was developed further by a later change', () => {
    expect(standings([first], { cache: 2 })).toEqual({ first: 'in-force' })
    expect(standings([second, first], { cache: 4 })).toEqual({ second: 'in-force', first: 'superseded' })
  })

  test('is overridden by what a person has set since, and all that it was built on as well', () => {
    expect(standings([second, first], { cache: 7 })).toEqual({ second: 'overridden', first: 'overridden' })
    expect(
      standings(
        [
          kept('both', [
            ['a', 1, 2],
            ['b', 1, 2],
          ]),
        ],
        { a: 2, b: 1 },
      ),
    ).toEqual({ both: 'overridden' })
  })

  test('is in force again once a later one is rolled back, or a person restores it', () => {
    const restored = kept('second', [['cache', 2, 4]], true)
    expect(standings([restored, first], { cache: 2 })).toEqual({ second: 'restored', first: 'in-force' })
    expect(standings([second, first], { cache: 2 })).toEqual({ second: 'overridden', first: 'in-force' })
  })

  test('has ended with an agent that was forgotten, except for what was rolled back or overridden before', () => {
    const all = [kept('third', [['cache', 4, 8]], true), second, first, kept('other', [['depth', 1, 2]])]
    const after = determineStandings(all, { cache: 4, depth: 1 }, true)
    expect(Object.fromEntries(after)).toEqual({ third: 'restored', second: 'forgotten', first: 'forgotten', other: 'overridden' })
  })

  test('stands for a chain of changes whatever its length, and for none of it once the start is in force again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), (length) => {
        const chain = Array.from({ length }, (_, i) => kept(`opt_${i}`, [['cache', i, i + 1]])).toReversed()
        const last = Object.values(standings(chain, { cache: length }))
        expect(last).toEqual(['in-force', ...Array.from({ length: length - 1 }, () => 'superseded')])
        expect(new Set(Object.values(standings(chain, { cache: 0 })))).toEqual(new Set(['overridden']))
      }),
    )
  })

  test('is said beside the verdict, which stays', () => {
    const result = resultOf(planned())
    expect(describeOutcome({ ...result, standing: 'in-force' })).toBe('keep, is in force')
    expect(describeOutcome({ ...result, standing: 'restored' })).toBe('keep, was rolled back later')
    const unproven = resultOf(planned(), { success: false, verdict: 'undecided' })
    expect(describeOutcome({ ...unproven, standing: 'restored' })).toBe('undecided')
    expect(describeOutcome({ ...unproven, keptBy: 'ada', standing: 'in-force' })).toBe('undecided, but kept by ada, is in force')
  })
})
