import { MockActivityEnvironment } from '@temporalio/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Dependencies } from '../../../src/activities/dependencies.ts'
import { createActivities } from '../../../src/activities/index.ts'
import { configSchema } from '../../../src/config/config.ts'
import type { Database } from '../../../src/store/database.ts'

/** Whatever is to be done at intervals is done once, at once. */
beforeEach(() => {
  vi.spyOn(globalThis, 'setInterval').mockImplementation((work: () => void) => {
    work()
    return setTimeout(() => undefined)
  })
})
afterEach(() => vi.restoreAllMocks())

/** A database whose queries are never answered. */
const hanging: Database = new Proxy(() => undefined, {
  get: (_, name) =>
    String(name).startsWith('execute') ? () => new Promise(() => undefined) : name === 'then' ? undefined : hanging,
  apply: () => hanging,
}) as unknown as Database

const names = ['sweep', 'watch', 'collect', 'detect', 'readPlan', 'removeExpired'] as const

test.each(names)('%s heartbeats while it works', async (name) => {
  const activities = createActivities({ db: hanging, config: configSchema.parse({}) } as Dependencies)
  const environment = new MockActivityEnvironment()
  const beats: unknown[] = []
  environment.on('heartbeat', (details: unknown) => beats.push(details))
  const working = environment.run(activities[name] as (input: unknown) => Promise<unknown>, {
    cycleId: 'cycle-1',
    snapshotId: 'a',
  })
  working.catch(() => undefined)
  await vi.waitFor(() => expect(beats).toEqual([name]))
})
