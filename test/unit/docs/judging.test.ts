import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test, vi } from 'vitest'
import { blocks, documents, root } from '../../support/documents.ts'

test('the example of docs/judging.md runs, and a judge that has seen nothing goes on', async () => {
  const [example] = blocks(documents.find(({ name }) => name === 'docs/judging.md')!, 'ts')
  const analysis = pathToFileURL(join(root, 'src/analysis/index.ts')).href
  const folder = mkdtempSync(join(tmpdir(), 'judging-'))
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  try {
    const file = join(folder, 'example.ts')
    writeFileSync(file, example!.replace('performance-optimizer/analysis', analysis))
    await import(pathToFileURL(file).href)
    expect(log).toHaveBeenCalledWith('continue', expect.stringContaining('too few samples'))
  } finally {
    log.mockRestore()
    rmSync(folder, { recursive: true })
  }
})
