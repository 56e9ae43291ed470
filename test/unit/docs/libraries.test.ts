import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test, vi } from 'vitest'
import { blocks, documents, root } from '../../support/documents.ts'

test.each([
  ['docs/judging.md', 'a judge that has seen nothing goes on', ['continue', expect.stringContaining('too few samples')]],
  ['docs/causes.md', 'a busy database is the cause', ['database', expect.any(String)]],
  ['docs/tuning.md', 'a tuner that knows only the start stays there', [expect.stringContaining('better than the current one')]],
])('the example of %s runs, and %s', async (name, _, said) => {
  const [example] = blocks(documents.find((document) => document.name === name)!, 'ts')
  const analysis = pathToFileURL(join(root, 'src/analysis/index.ts')).href
  const folder = mkdtempSync(join(tmpdir(), 'library-'))
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  try {
    const file = join(folder, 'example.ts')
    writeFileSync(file, example!.replace('performance-optimizer/analysis', analysis))
    await import(pathToFileURL(file).href)
    expect(log).toHaveBeenCalledWith(...said)
  } finally {
    log.mockRestore()
    rmSync(folder, { recursive: true })
  }
})
