import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkConfig } from '../../../src/client/diagnosis/config.ts'
import { findConfig } from '../../../src/client/find-config.ts'
import { getLastConfigPath } from '../../../src/config/last-config.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import { writeAddresses } from '../../../src/servers/addresses.ts'
import { defaultToFleetConfig } from '../../../src/start/fleet.ts'
import { temporaryFolder } from '../../support/folder.ts'

test('the reference fleet brings its configuration, unless the user has one', () => {
  const none: NodeJS.ProcessEnv = {}
  defaultToFleetConfig(none)
  expect(loadConfig(none).objectives).toMatchObject([{ kind: 'research-assistant' }])
  const named = { OPTIMIZER_CONFIG: 'mine.json' }
  defaultToFleetConfig(named)
  expect(named).toEqual({ OPTIMIZER_CONFIG: 'mine.json' })
})

const addresses = { temporal: 'a', temporalUi: null, postgres: 'b', nats: 'c', api: 'd', agents: {} }

test('commands have the configuration of the optimizer that runs on the data folder, unless the user names another', () => {
  const dataDir = temporaryFolder()
  const write = (name: string, concurrent: number) => {
    const file = join(dataDir, name)
    writeFileSync(file, JSON.stringify({ dataDir: 'elsewhere', trials: { concurrent } }))
    return file
  }
  // Docker Compose sets a variable that is not set to nothing.
  const env = { OPTIMIZER_DATA_DIR: dataDir, OPTIMIZER_CONFIG: '' }
  expect(findConfig(env).trials.concurrent).toBe(2)
  writeAddresses(dataDir, { ...addresses, configFile: write('running.json', 7) })
  expect(findConfig(env)).toMatchObject({ dataDir, trials: { concurrent: 7 } })
  expect(findConfig({ ...env, OPTIMIZER_CONFIG: write('mine.json', 5) }).trials.concurrent).toBe(5)
})

test.each([
  ['is cut off', (file: string) => writeFileSync(file, '{"limitsFile":"limits.js')],
  ['does not fit the schema', (file: string) => writeFileSync(file, '{"trials":{"concurrent":"two"}}')],
  ['is gone', () => undefined],
  ['is a folder', (file: string) => mkdirSync(file)],
])('a file of the running optimizer that %s prevents no command; it is named, also by the doctor', (_, damage) => {
  const dataDir = temporaryFolder()
  const configFile = join(dataDir, 'running.json')
  damage(configFile)
  writeAddresses(dataDir, { ...addresses, configFile })
  const warnings: string[] = []
  const config = findConfig({ OPTIMIZER_DATA_DIR: dataDir }, (warning) => warnings.push(warning))
  expect(config).toEqual(loadConfig({ OPTIMIZER_DATA_DIR: dataDir }))
  expect(warnings).toEqual([expect.stringContaining(configFile)])
  expect(checkConfig({ OPTIMIZER_DATA_DIR: dataDir })).toMatchObject({ config, finding: { state: 'failed', found: warnings[0] } })
  // In the folder of `npm start`, the command would read the same file as its own.
  const own = { OPTIMIZER_DATA_DIR: dataDir, OPTIMIZER_CONFIG: configFile }
  expect(findConfig(own, () => undefined)).toEqual(config)
  writeFileSync(getLastConfigPath(dataDir), JSON.stringify({ trials: { concurrent: 7 } }))
  expect(findConfig(own, (warning) => warnings.push(warning)).trials.concurrent).toBe(7)
  expect(warnings.at(-1)).toContain('the last valid configuration applies')
  const other = join(dataDir, 'mine.json')
  writeFileSync(other, '{')
  expect(() => findConfig({ ...own, OPTIMIZER_CONFIG: other })).toThrow(other)
})

test('the files that it names are relative to the folder of the running optimizer', () => {
  const dataDir = temporaryFolder()
  const configFile = join(dataDir, 'running.json')
  writeFileSync(configFile, JSON.stringify({ limitsFile: 'limits.json', nats: { caFile: 'ca.pem' } }))
  writeAddresses(dataDir, { ...addresses, folder: '/srv/fleet', configFile })
  const env = { OPTIMIZER_DATA_DIR: dataDir }
  expect(findConfig(env)).toMatchObject({ limitsFile: '/srv/fleet/limits.json', nats: { caFile: '/srv/fleet/ca.pem' } })
  // What the environment of a command names is its own.
  expect(findConfig({ ...env, OPTIMIZER_LIMITS_FILE: 'mine.json' }).limitsFile).toBe(join(process.cwd(), 'mine.json'))
})

test('commands for other servers have nothing of its configuration', () => {
  const dataDir = temporaryFolder()
  const configFile = join(dataDir, 'running.json')
  writeFileSync(configFile, JSON.stringify({ trials: { concurrent: 7 } }))
  writeAddresses(dataDir, { ...addresses, temporal: '127.0.0.1:7233', postgres: 'postgres://127.0.0.1/own', configFile })
  const concurrentWith = (env: Record<string, string>) => findConfig({ OPTIMIZER_DATA_DIR: dataDir, ...env }).trials.concurrent
  expect(concurrentWith({ DATABASE_URL: 'postgres://127.0.0.1/other', TEMPORAL_ADDRESS: '10.0.0.1:7233' })).toBe(2)
  expect(concurrentWith({ DATABASE_URL: 'postgres://127.0.0.1/other' })).toBe(2)
  expect(concurrentWith({ TEMPORAL_ADDRESS: '10.0.0.1:7233' })).toBe(2)
  expect(concurrentWith({ DATABASE_URL: 'postgres://127.0.0.1/own', TEMPORAL_ADDRESS: '127.0.0.1:7233' })).toBe(7)
})
