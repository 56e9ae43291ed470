import { expect, test } from 'vitest'
import { labelSchema, recordedTextSchema, textSchema, toCleanText, truncateToBytes } from '../../../src/model/text.ts'

test.each([
  ['a NUL', 'a\0b', false, false],
  ['half of a surrogate pair', 'a\ud83d', false, false],
  ['an escape sequence of terminals', '\u001b[31mred', true, false],
  ['tabs and line breaks', 'a\tb\r\nc', true, true],
  ['an emoji', 'a😀', true, true],
  ['2,000 characters', 'x'.repeat(2_000), true, true],
  ['2,001 characters', 'x'.repeat(2_001), true, false],
  ['10,001 characters', 'x'.repeat(10_001), false, false],
])('text with %s', (_what, text, isRecorded, isShown) => {
  expect(recordedTextSchema.safeParse(text).success).toBe(isRecorded)
  expect(textSchema.safeParse(text).success).toBe(isShown)
  expect(textSchema.safeParse(toCleanText(text)).success).toBe(true)
})

test.each([[' '], ['\u3000'], ['data\u202ebase'], ['data\u2066base'], ['database\u200b'], ['\ufeffdatabase']])(
  'a name that cannot be told from others is refused: %j',
  (name) => {
    expect(labelSchema.safeParse(name).success).toBe(false)
  },
)

test('a name may have joiners, as families of emoji do', () => {
  expect(labelSchema.safeParse('👩\u200d👧').success).toBe(true)
})

test('the name of a person is on one line', () => {
  expect(labelSchema.safeParse('Ada Lovelace').success).toBe(true)
  expect(labelSchema.safeParse('Ada\nVerdict: keep').success).toBe(false)
  expect(labelSchema.safeParse('').success).toBe(false)
})

test.each([
  ['short', 10, 'short'],
  ['exactly 10', 10, 'exactly 10'],
  ['more than ten', 10, 'more th…'],
  ['äöüäöü', 9, 'äöü…'],
  ['😀😀😀', 8, '😀…'],
])('%s is cut to %i bytes as %s', (text, bytes, cut) => {
  expect(truncateToBytes(text, bytes)).toBe(cut)
  expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytes)
})
