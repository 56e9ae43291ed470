import { expect, test } from 'vitest'
import { readFilteredPage } from '../../../src/commands/filters.ts'

const times = Array.from({ length: 300 }, (_, index) => new Date(Date.UTC(2026, 10, 1) - index * 3_600_000))
const read = (limit: number) => Promise.resolve({ items: times.slice(0, limit), total: 1_000_000 })
const filtering = { at: (time: Date) => time }

test('no more of a list is read than is shown, and its total is the counted one', async () => {
  expect(await readFilteredPage(read, {}, filtering)).toEqual({ items: times.slice(0, 100), total: 1_000_000 })
  expect(await readFilteredPage(read, { limit: 5 }, filtering)).toEqual({ items: times.slice(0, 5), total: 1_000_000 })
})

test('a filter looks at all entries', async () => {
  const found = await readFilteredPage(read, { since: times[199]!.toISOString(), limit: 5 }, filtering)
  expect(found).toEqual({ items: times.slice(0, 5), total: 200 })
})
