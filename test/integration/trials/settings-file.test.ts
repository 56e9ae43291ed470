/** An agent without a client of the optimizer: it sends OpenTelemetry data and reads its settings from a file. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { KnobInput, KnobValues } from '../../../src/agent/index.ts'
import { classifyInstances } from '../../../src/store/instance-liveness.ts'
import { findTrial } from '../../../src/store/trials.ts'
import { eventually } from '../../support/eventually.ts'
import { span, tracesOf } from '../../support/otlp.ts'
import { System } from '../../support/system.ts'
import { tryChange } from '../../support/trials.ts'

const agentId = 'otel-bot'
const knobs: KnobInput[] = [{ name: 'pauseMs', type: 'int', min: 1, max: 100, default: 20, purpose: 'computation' }]
const folder = mkdtempSync(join(tmpdir(), 'optimizer-settings-'))
const instances = [1, 2, 3].map((number) => `${agentId}-${number}`)
const ended = new AbortController()

let system: System
beforeAll(async () => {
  const settings = { file: join(folder, '{agentId}', '{instanceId}.json'), knobs }
  system = await System.start({}, { telemetry: { agents: [{ agentId, match: { 'service.name': agentId }, settings }] } })
  system.startWorker()
  for (const instance of instances) void work(instance)
})
afterAll(async () => {
  ended.abort()
  await system?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const settingsOf = (instance: string): { version?: number; values: KnobValues } => {
  try {
    return JSON.parse(readFileSync(join(folder, agentId, `${instance}.json`), 'utf8')) as { version: number; values: KnobValues }
  } catch {
    return { values: { pauseMs: 20 } }
  }
}

/** Works, and exports its spans a few times a second. */
async function work(instance: string): Promise<void> {
  let spans: object[] = []
  for (let exportedAt = Date.now(); !ended.signal.aborted; ) {
    const { version, values } = settingsOf(instance)
    const durationMs = Number(values.pauseMs) * (0.8 + 0.4 * Math.random())
    await sleep(durationMs)
    spans.push(span({ durationMs, attributes: version === undefined ? {} : { 'optimizer.configuration.version': version } }))
    if (Date.now() - exportedAt < 300) continue
    const body = gzipSync(JSON.stringify(tracesOf(agentId, spans, instance)))
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
    const answer = await fetch(`${system.apiUrl}/v1/traces`, { method: 'POST', headers, body }).catch(() => undefined)
    if (answer?.status === 200) spans = []
    exportedAt = Date.now()
  }
}

test('a change through the settings file is confirmed by telemetry, kept on every instance, and undone by one command', async () => {
  await eventually('all instances to be live', async () => {
    const { live } = await classifyInstances(system.db, agentId)
    return live.length === instances.length || undefined
  })
  const { trialId, result } = await tryChange(system, agentId, { pauseMs: 2 })
  const { verdict, reason } = await result()
  expect(verdict, reason).toBe('keep')
  expect(await findTrial(system.db, trialId)).toMatchObject({ design: 'concurrent', state: 'kept' })
  const kept = instances.map((instance) => settingsOf(instance).values)
  expect(kept).toEqual(Array(3).fill({ pauseMs: 2 }))

  await (await system.client.rollBack(trialId)).result()
  expect(instances.map((instance) => settingsOf(instance).values)).toEqual(Array(3).fill({ pauseMs: 20 }))
  const rows = await system.db
    .selectFrom('agentInstances')
    .where('agentId', '=', agentId)
    .select(['effectiveValues', 'transport'])
    .execute()
  expect(rows).toEqual(Array(3).fill({ effectiveValues: { pauseMs: 20 }, transport: 'otlp' }))
})
