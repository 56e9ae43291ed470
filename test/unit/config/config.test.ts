import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig } from '../../../src/config.ts'
import { temporaryFolder } from '../../support/folder.ts'

function load(content: object, env: Record<string, string> = {}) {
  const file = join(temporaryFolder(), 'config.json')
  writeFileSync(file, JSON.stringify(content))
  return loadConfig({ OPTIMIZER_CONFIG: file, ...env })
}

test.each([
  ['looks that are further apart than a lock can bear', { trials: { lookEveryMs: 5_001 } }, 'trials.lookEveryMs'],
  ['an acknowledgement that takes too long', { trials: { acknowledgeMs: 15_001 } }, 'trials.acknowledgeMs'],
  ['a port that is none', { ports: { api: 65_536 } }, 'ports.api'],
  ['a cadence upside down', { schedule: { minMinutes: 11 } }, 'schedule: minMinutes is above maxMinutes'],
])('%s is refused in one sentence', (_what, content, words) => {
  expect(() => load(content)).toThrow(words)
})

test.each(['eighty', '70000', '-1', '80.5'])(
  'the port %s in the environment is refused in one sentence that names the variable',
  (port) => {
    expect(() => load({}, { OPTIMIZER_API_PORT: port })).toThrow(
      `OPTIMIZER_API_PORT is ${port}; set it to a port number from 0 (any free port) to 65535.`,
    )
  },
)

test('the environment wins, key by key', () => {
  expect(load({ ports: { api: 1, nats: 2 } }, { OPTIMIZER_API_PORT: '0' }).ports).toMatchObject({ api: 0, nats: 2 })
})
