import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { MockActivityEnvironment } from '@temporalio/testing'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { Dependencies } from '../../../src/activities/dependencies.ts'
import { createStartFocusedCycleActivity, createTriggerCycleActivity } from '../../../src/activities/schedule.ts'
import { OptimizerClient } from '../../../src/client/optimizer.ts'
import { configSchema } from '../../../src/config/config.ts'
import type { ActiveFreeze } from '../../../src/contract/activities.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { ensureSchedule, getCycleSchedule } from '../../../src/temporal/schedule.ts'
import { eventually } from '../../support/eventually.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { announcement, createTestStore, type TestStore } from '../../support/store.ts'
import { createNamespace } from '../../support/temporal.ts'

let temporal: Awaited<ReturnType<typeof createNamespace>>
let store: TestStore
beforeAll(async () => {
  ;[temporal, store] = await Promise.all([createNamespace(), createTestStore()])
})
afterAll(() => store?.drop())
afterEach(() => vi.unstubAllEnvs())

test('a Temporal profile and a PostgreSQL address are enough to connect', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'temporal.toml')
  writeFileSync(file, `[profile.fleet]\naddress = "${temporal.address}"\nnamespace = "${temporal.namespace}"\n`)
  vi.stubEnv('TEMPORAL_CONFIG_FILE', file)
  vi.stubEnv('TEMPORAL_PROFILE', 'fleet')
  const client = await OptimizerClient.connect(configSchema.parse({ dataDir: folder, databaseUrl: store.url }))
  expect(await client.status()).toMatchObject({ policy: defaultPolicy, proven: 0, lastCycle: null })
  await client.close()
})

test('an existing Schedule gets the configured jitter and keeps its cadence', async () => {
  const connection = await Connection.connect({ address: temporal.address })
  const client = new Client({ connection, namespace: temporal.namespace })
  const configured = (jitterSeconds: number) => configSchema.parse({ schedule: { jitterSeconds } })
  await ensureSchedule(client, configured(15), true)
  await getCycleSchedule(client).setInterval(7)
  await ensureSchedule(client, configured(3), true)
  const { spec, state } = await getCycleSchedule(client).describe()
  expect(spec).toMatchObject({ jitter: 3_000, intervals: [{ every: 420_000 }] })
  expect(state.paused).toBe(true)
  await connection.close()
})

test('requests for a cycle while one is running start one more once it has ended, and no third', async () => {
  const connection = await Connection.connect({ address: temporal.address })
  const client = new Client({ connection, namespace: temporal.namespace })
  await ensureSchedule(client, configSchema.parse({ taskQueue: 'nobody' }), true)
  const schedule = getCycleSchedule(client)
  const started = (count: number) =>
    eventually(`${count} cycles to start`, async () => {
      const { recentActions, runningActions } = (await schedule.describe()).info
      return recentActions.length === count && runningActions.length === 1 ? runningActions[0]!.workflow : undefined
    })
  await schedule.trigger()
  const first = await started(1)
  // Temporal names cycles by the second: a second one of the same second would look like the first.
  const second = Math.floor(Date.now() / 1_000)
  await eventually('the next second', async () => Math.floor(Date.now() / 1_000) > second || undefined)
  for (let request = 0; request < 3; request++) await schedule.trigger()
  await schedule.setInterval(5)
  await client.workflow.getHandle(first.workflowId).terminate()
  const next = await started(2)
  expect(next.firstExecutionRunId).not.toBe(first.firstExecutionRunId)
  await client.workflow.getHandle(next.workflowId).terminate()
  await eventually('no cycle to be left', async () => (await schedule.describe()).info.runningActions.length === 0 || undefined)
  expect((await schedule.describe()).info.recentActions).toHaveLength(2)
  await connection.close()
})

test('an alert starts no cycle in a freeze window, and learns when the window ends', async () => {
  const connection = await Connection.connect({ address: temporal.address })
  const client = new Client({ connection, namespace: temporal.namespace })
  const dataDir = temporaryFolder()
  const config = configSchema.parse({ dataDir, taskQueue: 'nobody' })
  const dependencies = { db: store.db, temporal: client, config } as Dependencies
  const startFocused = (agentId: string) =>
    new MockActivityEnvironment().run(createStartFocusedCycleActivity(dependencies), { agentId })
  const trigger = () => new MockActivityEnvironment().run(createTriggerCycleActivity(dependencies), { agentId: null })
  const freeze = (...windows: object[]) =>
    writeFileSync(
      join(dataDir, 'limits.json'),
      JSON.stringify({ freeze: windows.map((window) => ({ begins: '* * * * *', hours: 1, ...window })) }),
    )
  for (const agentId of ['frozen', 'free']) await registerInstance(store.db, announcement(agentId, '1'), Date.now())
  await ensureSchedule(client, config, true)
  const before = (await getCycleSchedule(client).describe()).info.numActionsTaken

  freeze({ agent: 'frozen' })
  const frozen = (await startFocused('frozen')) as ActiveFreeze | undefined
  expect(frozen!.until).toBeGreaterThan(Date.now() + 58 * 60_000)
  expect(frozen!.until).toBeLessThanOrEqual(Date.now() + 60 * 60_000)
  expect(await startFocused('free')).toBeUndefined()
  freeze({})
  expect(await trigger()).toMatchObject({ until: expect.any(Number) })
  expect((await getCycleSchedule(client).describe()).info.numActionsTaken).toBe(before)
  freeze({ agent: 'frozen' })
  expect(await trigger()).toBeUndefined()
  await connection.close()
})

test('an existing Schedule is updated to start cycles without a timeout, which would end a saga halfway', async () => {
  const connection = await Connection.connect({ address: temporal.address })
  const client = new Client({ connection, namespace: temporal.namespace })
  const config = configSchema.parse({ taskQueue: 'another' })
  await ensureSchedule(client, config, true)
  const { scheduleId } = await getCycleSchedule(client).describe()
  await client.schedule.getHandle(scheduleId).update(({ spec, policies, state }) => ({
    spec,
    policies,
    state: { ...state, paused: true, note: 'a person paused it' },
    action: {
      type: 'startWorkflow',
      workflowType: 'optimizationCycle',
      workflowId: 'cycle',
      taskQueue: 'optimizer',
      workflowExecutionTimeout: '30 minutes',
    },
  }))
  await ensureSchedule(client, config, false)
  const { action, policies, state } = await getCycleSchedule(client).describe()
  expect(action).toMatchObject({ workflowType: 'optimizationCycle', workflowId: 'cycle', taskQueue: 'another' })
  expect(action.workflowExecutionTimeout).toBeUndefined()
  expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 60_000 })
  expect(state).toMatchObject({ paused: true, note: 'a person paused it' })
  await connection.close()
})
