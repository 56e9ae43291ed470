import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

test('of src/analysis, workflows replay only what CONTRIBUTING.md names', async () => {
  const { metafile } = await build({
    absWorkingDir: fileURLToPath(new URL('../../..', import.meta.url)),
    entryPoints: ['src/workflows/index.ts'],
    bundle: true,
    packages: 'external',
    platform: 'node',
    write: false,
    metafile: true,
  })
  const inAnalysis = Object.keys(metafile.inputs).filter((path) => path.startsWith('src/analysis/'))
  const named = ['src/analysis/eligibility/cycle-reasons.ts', 'src/analysis/eligibility/interference.ts']
  expect(inAnalysis.filter((path) => !path.startsWith('src/analysis/policy/'))).toEqual(named)
})
