import { expect, test } from 'vitest'
import { formatTable } from '../../../src/terminal/table.ts'
import { wrapText } from '../../../src/terminal/wrap-text.ts'

test('long lines are broken between words, with an indent where they go on; short lines, tables and long words stay', () => {
  expect(wrapText('one two three four', 10)).toBe('one two\n  three\n  four')
  expect(wrapText('  one two three', 10)).toBe('  one two\n    three')
  expect(wrapText('short\nfits in it', 10)).toBe('short\nfits in it')
  expect(wrapText(`see ${'x'.repeat(30)}`, 10)).toBe(`see\n  ${'x'.repeat(30)}`)
  const table = formatTable(['agent', 'why'], [['hunter', 'a b c']], 40)
  expect(wrapText(table, 10)).toBe(table)
  const coloured = `\u001b[1mbold\u001b[22m word`
  expect(wrapText(coloured, 9)).toBe(coloured)
})
