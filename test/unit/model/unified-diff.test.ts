import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatUnifiedDiff } from '../../../src/model/unified-diff.ts'
import { temporaryFolder } from '../../support/folder.ts'

test('a changed line is shown with three lines around it', () => {
  const lines = Array.from({ length: 9 }, (_, index) => `line ${index + 1}`)
  const before = `${lines.join('\n')}\n`
  expect(formatUnifiedDiff('settings.json', before, before.replace('line 5', 'LINE 5'))).toBe(
    [
      'diff --git a/settings.json b/settings.json',
      '--- a/settings.json',
      '+++ b/settings.json',
      '@@ -2,7 +2,7 @@',
      ' line 2',
      ' line 3',
      ' line 4',
      '-line 5',
      '+LINE 5',
      ' line 6',
      ' line 7',
      ' line 8',
      '',
    ].join('\n'),
  )
  expect(formatUnifiedDiff('settings.json', before, before)).toBe('')
})

test('git applies the difference of any two texts, and gets the second one', () => {
  const folder = temporaryFolder()
  const text = fc
    .array(fc.constantFrom('a', 'b', '{', '}'), { minLength: 1, maxLength: 30 })
    .chain((lines) => fc.constantFrom('', '\n').map((end) => lines.join('\n') + end))
  fc.assert(
    fc.property(text, text, (before, after) => {
      const patch = formatUnifiedDiff('file', before, after)
      writeFileSync(join(folder, 'file'), before)
      if (patch) execFileSync('git', ['apply', '-'], { cwd: folder, input: patch })
      expect(readFileSync(join(folder, 'file'), 'utf8')).toBe(after)
    }),
    { numRuns: 25 },
  )
})
