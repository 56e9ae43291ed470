import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findConfig } from '../../../src/client/find-config.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import { writeAddresses } from '../../../src/servers/addresses.ts'
import { preferFleetConfig } from '../../../src/start/fleet.ts'
import { temporaryFolder } from '../../support/folder.ts'

test('the reference fleet brings its configuration, unless the user has one', () => {
  const none: NodeJS.ProcessEnv = {}
  preferFleetConfig(none)
  expect(loadConfig(none).objectives).toMatchObject([{ kind: 'research-assistant' }])
  const named = { OPTIMIZER_CONFIG: 'mine.json' }
  preferFleetConfig(named)
  expect(named).toEqual({ OPTIMIZER_CONFIG: 'mine.json' })
})

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
  const addresses = { temporal: 'a', temporalUi: null, postgres: 'b', nats: 'c', api: 'd', agents: {} }
  writeAddresses(dataDir, { ...addresses, configFile: write('running.json', 7) })
  expect(findConfig(env)).toMatchObject({ dataDir, trials: { concurrent: 7 } })
  expect(findConfig({ ...env, OPTIMIZER_CONFIG: write('mine.json', 5) }).trials.concurrent).toBe(5)
})
