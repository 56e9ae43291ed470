import { expect, test } from 'vitest'
import { type ChangeEvent, type ChangePoint, explainChange, findChangePoints } from '../../../src/analysis/causes/index.ts'
import { createRandomSource } from '../../../src/analysis/statistics/random.ts'

const MINUTE = 60_000
const points = (values: readonly number[]) => values.map((value, i) => ({ at: i * MINUTE, value }))
const noise = (seed: number, length: number, level: (i: number) => number, spread = 5) => {
  const { normal } = createRandomSource(seed)
  return Array.from({ length }, (_, i) => level(i) + spread * normal())
}
const codeOf = (run: () => unknown) => {
  try {
    return run()
  } catch (error) {
    return (error as { code?: string }).code
  }
}

test('two shifts of level are found where they are', () => {
  const found = findChangePoints(points(noise(1, 300, (i) => (i < 100 ? 50 : i < 220 ? 80 : 60))))
  expect(found).toHaveLength(2)
  expect(Math.abs(found[0]!.at - 100 * MINUTE)).toBeLessThanOrEqual(2 * MINUTE)
  expect(found[0]!.before).toBeCloseTo(50, -1)
  expect(found[0]!.after).toBeCloseTo(80, -1)
  expect(found[0]!.interval[0]).toBeLessThanOrEqual(100 * MINUTE)
  expect(found[0]!.interval[1]).toBeGreaterThanOrEqual(100 * MINUTE)
})

test('outliers are no change, and another spread is one', () => {
  const outliers = noise(2, 300, () => 50).map((value, i) => (i % 60 === 30 ? value + 5000 : value))
  expect(findChangePoints(points(outliers))).toEqual([])
  const { normal } = createRandomSource(3)
  const spread = Array.from({ length: 300 }, (_, i) => 100 + (i < 150 ? 2 : 14) * normal())
  const [only, ...others] = findChangePoints(points(spread))
  expect(Math.abs(only!.at / MINUTE - 150)).toBeLessThan(10)
  expect(others).toEqual([])
})

test('noise has a change in at most one of twenty series, also if neighbours depend on each other', () => {
  const withChange = Array.from({ length: 60 }, (_, seed) => {
    const { normal } = createRandomSource(seed, 9)
    let last = 0
    return points(Array.from({ length: 200 }, () => (last = (seed % 2 ? 0.6 : 0) * last + normal())))
  }).filter((series) => findChangePoints(series).length > 0)
  expect(withChange.length).toBeLessThanOrEqual(3)
})

test('constant values and ten points do no harm; fewer, NaN and times that run backwards are refused', () => {
  expect(findChangePoints(points(new Array(50).fill(7)))).toEqual([])
  expect(findChangePoints(points(noise(4, 10, () => 3)))).toEqual([])
  expect(codeOf(() => findChangePoints(points([1])))).toBe('invalid-series')
  expect(codeOf(() => findChangePoints(points([1, 2, 3, 4, 5, Number.NaN, 7, 8, 9, 10])))).toBe('invalid-series')
  expect(codeOf(() => findChangePoints(points(noise(5, 20, () => 3)).reverse()))).toBe('invalid-series')
  expect(codeOf(() => findChangePoints(new Array(20).fill({ at: 1, value: 2 })))).toBe('invalid-series')
})

const change: ChangePoint = {
  at: 1000 * MINUTE,
  before: 100,
  after: 200,
  moments: [
    { at: 999 * MINUTE, probability: 0.3 },
    { at: 1000 * MINUTE, probability: 0.7 },
  ],
  interval: [999 * MINUTE, 1000 * MINUTE],
}
const event = (kind: ChangeEvent['kind'], minutesBefore: number, component?: string): ChangeEvent => ({
  kind,
  at: change.at - minutesBefore * MINUTE,
  component,
  description: `${kind} ${minutesBefore}`,
})

test('the configuration change just before is likelier than an old deploy, an alert or an event of another agent', () => {
  const events = [
    event('deploy', 120, 'a'),
    event('configuration', 2, 'a'),
    event('alert', 1, 'a'),
    event('configuration', 2, 'z'),
  ]
  const ranked = explainChange(change, 'a', events)
  expect(ranked[0]!.event).toBe(events[1])
  expect(ranked[0]!.probability).toBeGreaterThan(0.6)
  expect(ranked.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1)
})

test('a restart of a dependency counts more than one of a stranger', () => {
  const [of, other] = [event('restart', 3, 'b'), event('restart', 3, 'z')]
  const ranked = explainChange(change, 'a', [other, of], new Set(['b']))
  expect(ranked.filter((each) => each.event).map((each) => each.event)).toEqual([of, other])
})

test('nothing recorded explains a change before every event, or long after', () => {
  const ranked = explainChange(change, 'a', [event('deploy', -5, 'a'), event('configuration', 600, 'a')])
  expect(ranked[0]).toMatchObject({ event: undefined })
  expect(ranked[0]!.probability).toBeGreaterThan(0.9)
})

test('a deployment is not hidden by the restarts that it makes, nor a version by those of another agent', () => {
  const release = event('deploy', 3, 'a')
  const probabilityOf = (wanted: ChangeEvent, others: ChangeEvent[]) =>
    explainChange(change, 'a', [wanted, ...others]).find((each) => each.event === wanted)!.probability
  const restarts = (component: string, count: number) =>
    Array.from({ length: count }, (_, i) => event('restart', 0.4 + (2 * i) / count, component))
  const alone = probabilityOf(release, [])
  for (const count of [1, 6, 20]) expect(probabilityOf(release, restarts('a', count))).toBeGreaterThanOrEqual(alone)
  const version = event('configuration', 3, 'a')
  expect(probabilityOf(version, restarts('b', 100))).toBeGreaterThan(0.8 * probabilityOf(version, []))
})

test('restarts of several instances at a time are one event', () => {
  const restarts = [0, 1, 2, 60].map((minutes) => event('restart', 1 + minutes, 'a'))
  const events = explainChange(change, 'a', restarts).flatMap((each) => each.event ?? [])
  expect(events.map(({ description }) => description)).toEqual(['restart 3 and 2 more', 'restart 61'])
})
