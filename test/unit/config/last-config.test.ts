import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadLastConfig, saveLastConfig } from '../../../src/config/last-config.ts'
import { temporaryFolder } from '../../support/folder.ts'

test('a process that starts while the file is broken or gone has the last valid configuration', () => {
  const dataDir = temporaryFolder()
  const file = join(dataDir, 'config.json')
  writeFileSync(file, '{"trials":{"concurrent":7}}')
  const env = saveLastConfig(dataDir, { OPTIMIZER_CONFIG: file })
  expect(statSync(env.OPTIMIZER_LAST_CONFIG!).mode & 0o777).toBe(0o600)
  const warnings: string[] = []
  const concurrent = () => loadLastConfig((warning) => warnings.push(warning), env).trials.concurrent

  writeFileSync(file, '{"trials":{"concurrent":"many"}}')
  expect(() => saveLastConfig(dataDir, env)).toThrow('trials.concurrent')
  expect(concurrent()).toBe(7)
  rmSync(file)
  expect(concurrent()).toBe(7)
  expect(warnings).toEqual(Array(2).fill(expect.stringContaining(file)))

  writeFileSync(file, '{"trials":{"concurrent":5}}')
  expect(concurrent()).toBe(5)
  expect(warnings).toHaveLength(2)
  rmSync(file)
  expect(() => loadLastConfig(() => {}, { OPTIMIZER_CONFIG: file })).toThrow(file)
})
