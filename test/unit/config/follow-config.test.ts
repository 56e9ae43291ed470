import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { configSchema } from '../../../src/config/config.ts'
import { followConfig, updateConfig } from '../../../src/config/follow-config.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import { blocks, documents } from '../../support/documents.ts'
import { patienceMs } from '../../support/eventually.ts'
import { temporaryFolder } from '../../support/folder.ts'

test('what has changed is replaced, and everything else stays the same object', () => {
  const config = configSchema.parse({ thresholds: { responseTimeMs: 900 }, temporalUiUrl: 'http://127.0.0.1:8233' })
  const { trials } = config
  expect(updateConfig(config, configSchema.parse({ thresholds: { responseTimeMs: 800 } }))).toEqual({
    changed: ['temporalUiUrl', 'thresholds'],
    needRestart: [],
  })
  expect(config.thresholds.responseTimeMs).toBe(800)
  expect(config.temporalUiUrl).toBeUndefined()
  expect(config.trials).toBe(trials)
})

test('what needs a restart keeps its value and is named; the rest takes effect', () => {
  const config = configSchema.parse({})
  const loaded = configSchema.parse({
    databaseUrl: 'postgres://optimizer@127.0.0.1/optimizer',
    nats: { subjectPrefix: 'acme' },
    trials: { concurrent: 9, maxSamples: 50 },
  })
  expect(updateConfig(config, loaded)).toEqual({
    changed: ['trials'],
    needRestart: ['databaseUrl', 'nats', 'trials.concurrent'],
  })
  expect(config).toEqual(configSchema.parse({ trials: { maxSamples: 50 } }))
})

test('a change that does not fit what needs a restart changes nothing', () => {
  const affects = [{ metric: 'freshness', improves: 'decrease' }]
  const rule = {
    match: { 'service.name': 'hunter' },
    agentId: 'hunter',
    settings: {
      webhook: { url: 'http://127.0.0.1:1/{instanceId}', secret: 'at-least-16-characters' },
      knobs: [{ name: 'size', type: 'int', min: 1, max: 9, default: 3, purpose: 'caching', affects }],
    },
  }
  const metrics = [{ name: 'freshness', unit: 'ms', direction: 'lower', kind: 'continuous' }]
  const config = configSchema.parse({ metrics, telemetry: { agents: [rule] } })
  const before = structuredClone(config)
  expect(() => updateConfig(config, configSchema.parse({ thresholds: { responseTimeMs: 800 } }))).toThrow(/freshness/)
  expect(config).toEqual(before)
})

const documented = documents
  .flatMap((document) => blocks(document, 'json').map((block) => [document.name, JSON.parse(block)] as const))
  .filter(([, block]) => configSchema.safeParse(block).success)

test('the documents show configurations', () => {
  expect(documented.length).toBeGreaterThan(10)
})

test.each(documented)('the same configuration again, as in %s, changes nothing', (_, block) => {
  expect(updateConfig(configSchema.parse(block), configSchema.parse(block))).toEqual({ changed: [], needRestart: [] })
})

test('a change is in force although who is told of it fails, and so is the next one', async () => {
  const file = join(temporaryFolder(), 'config.json')
  const env = { OPTIMIZER_CONFIG: file }
  const write = (target: number) => {
    writeFileSync(`${file}.new`, JSON.stringify({ goal: { target } }))
    renameSync(`${file}.new`, file)
  }
  write(10_000)
  const config = loadConfig(env)
  const [info, warn] = [vi.fn(), vi.fn()]
  const onChange = () => {
    throw new Error(`no thread for ${config.goal.target}`)
  }
  onTestFinished(followConfig(config, { env, info, warn, onChange, everyMs: 20 }))
  for (const target of [11_000, 12_000]) {
    write(target)
    const problem = expect.stringMatching(`no thread for ${target}`)
    await vi.waitFor(() => expect(warn).toHaveBeenLastCalledWith(problem), { timeout: patienceMs, interval: 20 })
  }
  expect(warn.mock.calls.flat().join()).not.toContain('refused')
  expect(config.goal.target).toBe(12_000)
})

test('the file is followed: a valid change is taken, an invalid one is refused as a whole with its reason', async () => {
  const file = join(temporaryFolder(), 'config.json')
  const env = { OPTIMIZER_CONFIG: file }
  const write = (content: string) => {
    writeFileSync(`${file}.new`, content)
    renameSync(`${file}.new`, file)
  }
  write('{}')
  const config = loadConfig(env)
  const [info, warn, onChange] = [vi.fn(), vi.fn(), vi.fn()]
  onTestFinished(followConfig(config, { env, info, warn, onChange, everyMs: 20 }))
  const said = (speaker: typeof info, text: RegExp) =>
    vi.waitFor(() => expect(speaker).toHaveBeenLastCalledWith(expect.stringMatching(text)), { timeout: patienceMs, interval: 20 })

  write('{"goal": {"target": 11000}, "databaseUrl": "postgres://optimizer@127.0.0.1/optimizer"}')
  await said(info, /in force: goal\.$/)
  await said(warn, /^Needs a restart: databaseUrl\./)
  expect(onChange).toHaveBeenCalledWith(['goal'])
  expect([config.goal.target, config.databaseUrl]).toEqual([11_000, undefined])

  write('{"goal": {"target": 12000}, "thresholds": {"successRate": 7}}')
  await said(warn, /refused.*thresholds\.successRate/)
  write('{"goal": {"target"')
  await said(warn, /refused.*cannot be read/)
  rmSync(file)
  await said(warn, /is gone/)
  expect(config.goal.target).toBe(11_000)

  write('{"goal": {"target": 12000}}')
  await vi.waitFor(() => expect(config.goal.target).toBe(12_000), { timeout: patienceMs, interval: 20 })
  await said(info, /in force: goal\.$/)
})
