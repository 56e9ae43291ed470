import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatTime } from '../../../src/terminal/format-time.ts'
import { formatTable } from '../../../src/terminal/table.ts'

const widthOf = (text: string) => Math.max(...text.split('\n').map((line) => stripVTControlCharacters(line).length))
const sentence = 'a long sentence that says why something was done and what came of it in the end'

test('a table that is too wide wraps its widest cells between words', () => {
  const table = formatTable(['id', 'why'], [['opt_1728563421789_x7k2m', sentence]], 60)
  expect(widthOf(table)).toBeLessThanOrEqual(60)
  expect(table).toContain('opt_1728563421789_x7k2m')
})

test('a table that is narrow enough is left as it is', () => {
  expect(formatTable(['id', 'why'], [['a', sentence]], 200)).toContain(sentence)
})

test('where even single words do not fit, each row becomes a few lines', () => {
  const rows = [
    ['opt_1728563421789_x7k2m', 'cycle-2026-11-29T10:00:00Z', ''],
    ['b', 'c', 'd'],
  ]
  expect(formatTable(['trial', 'cycle', 'why'], rows, 30)).toBe(
    ['trial: opt_1728563421789_x7k2m', 'cycle: cycle-2026-11-29T10:00:00Z', '', 'trial: b', 'cycle: c', 'why: d'].join('\n'),
  )
})

test('no table is wider than asked while its words fit, and no word is cut', () => {
  const word = fc.stringMatching(/^[a-z]{1,12}$/)
  const cell = fc.array(word, { minLength: 1, maxLength: 12 }).map((words) => words.join(' '))
  const tables = fc.integer({ min: 1, max: 4 }).chain((columns) => {
    const row = fc.array(cell, { minLength: columns, maxLength: columns })
    return fc.tuple(row, fc.array(row, { minLength: 1, maxLength: 4 }))
  })
  fc.assert(
    fc.property(tables, ([head, rows]) => {
      const text = formatTable(head, rows, 80)
      expect(widthOf(text)).toBeLessThanOrEqual(80)
      for (const each of [head, ...rows].flat().flatMap((content) => content.split(' '))) expect(text).toContain(each)
    }),
  )
})

test('a time says how long ago it was, on a terminal only', () => {
  const now = Date.UTC(2026, 10, 21, 11)
  expect(formatTime(new Date(now - 180_000), now, true)).toBe('2026-11-21T10:57:00Z (3 min ago)')
  expect(formatTime(new Date(now + 7_200_000), now, true)).toBe('2026-11-21T13:00:00Z (in 2 h)')
  expect(formatTime(new Date(now), now, true)).toBe('2026-11-21T11:00:00Z (now)')
  expect(formatTime(new Date(now - 180_000), now, false)).toBe('2026-11-21T10:57:00Z')
})
