import { describe, expect, test } from 'vitest'
import { findOscillationEnd } from '../../../src/analysis/eligibility/oscillation.ts'
import type { KnobValue } from '../../../src/model/knob.ts'
import { knob } from '../../support/profiles.ts'

const pool = knob({ name: 'pool', type: 'int', min: 0, max: 100, default: 10, purpose: 'parallelism' })
const hour = 3_600_000
const rests = (history: [hours: number, value: KnobValue][], nowHours: number, turned = pool) => {
  const until = findOscillationEnd(
    turned,
    history.map(([hours, value]) => ({ at: hours * hour, values: { [turned.name]: value } })),
    nowHours * hour,
  )
  return until === undefined ? undefined : until / hour
}

describe('a knob whose direction was reversed twice within a day', () => {
  test('is left alone for a day from then on', () => {
    const toAndFro: [number, number][] = [
      [0, 10],
      [1, 20],
      [2, 10],
      [5, 30],
    ]
    expect(rests(toAndFro, 5)).toBe(29)
    expect(rests(toAndFro, 28.9)).toBe(29)
    expect(rests(toAndFro, 29)).toBeUndefined()
  })

  test('is left alone even if other knobs were turned in between', () => {
    expect(
      rests(
        [
          [0, 10],
          [1, 20],
          [2, 20],
          [3, 10],
          [4, 10],
          [5, 30],
        ],
        6,
      ),
    ).toBe(29)
  })

  test('is left alone for another day with every further reversal', () => {
    expect(
      rests(
        [
          [0, 10],
          [1, 20],
          [2, 10],
          [5, 30],
          [28, 20],
        ],
        28,
      ),
    ).toBe(52)
  })

  test('is left alone if it has only two states, too', () => {
    const batching = knob({ name: 'batching', type: 'bool', default: false, purpose: 'protocol' })
    expect(
      rests(
        [
          [0, false],
          [1, true],
          [2, false],
          [3, true],
        ],
        4,
        batching,
      ),
    ).toBe(27)
  })
})

describe('a knob that was turned back and forth', () => {
  const turned = (byPerson: boolean[], releasedAt?: number) =>
    findOscillationEnd(
      pool,
      [10, 20, 10, 30].map((value, index) => ({ at: index * hour, values: { pool: value }, byPerson: byPerson[index] })),
      5 * hour,
      releasedAt,
    )

  test('by the optimizer is left alone, by a person is not', () => {
    expect(turned([])).toBe(27 * hour)
    expect(turned([false, true, true, true])).toBeUndefined()
    expect(turned([false, false, true, false])).toBeUndefined()
  })

  test('is no longer left alone once a person has released it', () => {
    expect(turned([], hour)).toBeUndefined()
    expect(turned([], 4 * hour)).toBeUndefined()
  })
})

describe('a knob that was turned together with others', () => {
  const restsAfter = (history: { pool: number; cache?: number; depth?: number }[]) => {
    const versions = history.map((values, index) => ({ at: index * hour, values: { cache: 1, depth: 1, ...values } }))
    return findOscillationEnd(pool, versions, 5 * hour)
  }

  test('is not left alone because of changes that were about other knobs as well', () => {
    const zigzag = [{ pool: 10 }, { pool: 20, cache: 2 }, { pool: 15, cache: 2, depth: 2 }, { pool: 30, cache: 2, depth: 2 }]
    expect(restsAfter(zigzag)).toBeUndefined()
    expect(restsAfter([{ pool: 10 }, { pool: 20 }, { pool: 15, cache: 2 }, { pool: 30, cache: 2 }])).toBeUndefined()
  })

  test('is left alone once the same change was taken back and made again, whatever happened in between', () => {
    const [low, high] = [{ pool: 10 }, { pool: 20, cache: 2 }]
    expect(restsAfter([low, high, low, high])).toBe(27 * hour)
    expect(restsAfter([{ pool: 10 }, { pool: 20 }, { pool: 18, cache: 2 }, { pool: 12, cache: 2 }, { pool: 30, cache: 2 }])).toBe(
      28 * hour,
    )
  })
})

describe('a knob is not left alone', () => {
  test.each<[string, [number, number][]]>([
    ['that was never turned', [[0, 10]]],
    [
      'that was reversed once',
      [
        [0, 10],
        [1, 20],
        [2, 10],
      ],
    ],
    [
      'that goes on one way',
      [
        [0, 10],
        [1, 20],
        [2, 30],
        [3, 40],
      ],
    ],
    [
      'whose reversals are more than a day apart',
      [
        [0, 10],
        [1, 20],
        [2, 10],
        [27, 30],
      ],
    ],
  ])('%s', (_what, history) => {
    expect(rests(history, 28)).toBeUndefined()
  })

  test('whose values have no order', () => {
    const order = knob({ name: 'order', type: 'order', values: ['a', 'b'], default: ['a', 'b'], purpose: 'decision' })
    const [ab, ba] = [
      ['a', 'b'],
      ['b', 'a'],
    ]
    expect(
      rests(
        [
          [0, ab!],
          [1, ba!],
          [2, ab!],
          [3, ba!],
        ],
        4,
        order,
      ),
    ).toBeUndefined()
  })
})
