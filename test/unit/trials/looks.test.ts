import { expect, test } from 'vitest'
import { computeRemainingMs, findGoneSince } from '../../../src/analysis/trials/looks.ts'

const arms = { control: ['a-1', 'a-2'], candidate: ['a-3'] }
const noticed = (noticedAt?: number) => ({ noticedAt, now: 100 })

test('a trial has nothing to compare with once every instance of its control is gone', () => {
  const concurrent = { design: 'concurrent', ...arms } as const
  expect(findGoneSince(concurrent, ['a-1', 'a-2'], noticed())).toBe(100)
  expect(findGoneSince(concurrent, ['a-1', 'a-2', 'a-3'], noticed(70))).toBe(70)
  expect(findGoneSince(concurrent, ['a-1', 'a-3'], noticed(70))).toBeUndefined()
  expect(findGoneSince(concurrent, ['a-3'], noticed())).toBeUndefined()
})

test('a trial with a single instance has nothing to compare with once that one is gone', () => {
  const alone = { design: 'before-after', control: [], candidate: ['a-3'] } as const
  expect(findGoneSince(alone, ['a-3'], noticed())).toBe(100)
  expect(findGoneSince(alone, [], noticed(70))).toBeUndefined()
})

test('a trial is longer by the time that was left out, at most twice as long', () => {
  const remaining = (leftOutMs: number) => computeRemainingMs({ observeMs: 60_000, observedMs: 50_000, leftOutMs })
  expect(remaining(0)).toBe(10_000)
  expect(remaining(20_000)).toBe(30_000)
  expect(remaining(90_000)).toBe(70_000)
  expect(computeRemainingMs({ observeMs: 60_000, observedMs: 130_000, leftOutMs: 90_000 })).toBe(-10_000)
})
