import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecentRows } from '../../../src/importing/recent-rows.ts'

const row = (key: number) => ({ id: `id ${key}`, key })

test('rows are settled at once where no others can appear before them', () => {
  const recent = new RecentRows(0)
  expect([1, 2, 3].map((key) => recent.pass(row(key), 100))).toEqual([true, true, true])
  expect(recent.settle(100)).toEqual(row(3))
  expect(recent.settle(100)).toBeUndefined()
})

test('a row that appears late is found among those that are read again, and holds up the ones after it', () => {
  const recent = new RecentRows(60)
  const pass = (keys: number[], now: number) => {
    recent.restart()
    const fresh = keys.filter((key) => recent.pass(row(key), now))
    const settled = recent.settle(now)?.key
    recent.end()
    return { fresh, settled }
  }
  expect(pass([1, 3], 0)).toEqual({ fresh: [1, 3], settled: undefined })
  expect(pass([1, 2, 3], 30)).toEqual({ fresh: [2], settled: undefined })
  expect(pass([1, 2, 3], 60)).toEqual({ fresh: [], settled: 1 })
  expect(pass([2, 3], 90)).toEqual({ fresh: [], settled: 3 })
})

test('what is cleared is new again', () => {
  const recent = new RecentRows(60)
  recent.pass(row(1), 0)
  recent.clear()
  expect(recent.pass(row(1), 1)).toBe(true)
})

test('of many rows that are read at once, all but the newest twenty thousand are settled', () => {
  const recent = new RecentRows(60)
  for (let key = 1; key <= 30_000; key++) recent.pass(row(key), 0)
  expect(recent.settle(0)).toEqual(row(10_000))
})

test('whatever appears within the time is read once, and nothing is left out', () => {
  const arrivals = fc.array(fc.record({ key: fc.integer({ min: 1, max: 200 }), at: fc.integer({ min: 0, max: 300 }) }), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(arrivals, (all) => {
      // Keys are taken in their order, and appear at most 50 later.
      const rows = [...new Map(all.map(({ key, at }) => [key, { key, visibleAt: key + (at % 50) }])).values()]
      const recent = new RecentRows(60)
      const read: number[] = []
      let place = 0
      for (let now = 0; now <= 400; now += 10) {
        recent.restart()
        const visible = rows.filter(({ key, visibleAt }) => key > place && visibleAt <= now).map(({ key }) => key)
        for (const key of visible.sort((a, b) => a - b)) if (recent.pass(row(key), now)) read.push(key)
        place = Number(recent.settle(now)?.key ?? place)
        recent.end()
      }
      expect(read.sort((a, b) => a - b)).toEqual(rows.map(({ key }) => key).sort((a, b) => a - b))
    }),
  )
})
