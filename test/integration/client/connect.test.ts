import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { OptimizerClient } from '../../../src/client/optimizer.ts'
import { configSchema } from '../../../src/config.ts'
import { ensureSchedule, getCycleSchedule } from '../../../src/temporal/schedule.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { createTestStore, type TestStore } from '../../support/store.ts'
import { createNamespace } from '../../support/temporal.ts'

let temporal: Awaited<ReturnType<typeof createNamespace>>
let store: TestStore
beforeAll(async () => {
  ;[temporal, store] = await Promise.all([createNamespace(), createTestStore()])
})
afterAll(() => store?.drop())
afterEach(() => vi.unstubAllEnvs())

test('a profile of Temporal and an address of PostgreSQL are enough to connect', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'temporal.toml')
  writeFileSync(file, `[profile.fleet]\naddress = "${temporal.address}"\nnamespace = "${temporal.namespace}"\n`)
  vi.stubEnv('TEMPORAL_CONFIG_FILE', file)
  vi.stubEnv('TEMPORAL_PROFILE', 'fleet')
  const client = await OptimizerClient.connect(configSchema.parse({ dataDir: folder, databaseUrl: store.url }))
  await expect(client.status()).rejects.toMatchObject({ code: 'no-cycle-yet' })
  await client.close()
})

test('an existing Schedule takes over the configured jitter and keeps its cadence', async () => {
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
