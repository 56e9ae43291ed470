import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Dependencies } from '../../../src/activities/dependencies.ts'
import { enforceCurrentConfiguration } from '../../../src/activities/enforce-configuration.ts'
import { createGiveUpActivity } from '../../../src/activities/give-up.ts'
import { createNotAcknowledgedError } from '../../../src/actuators/actuator.ts'
import { configSchema } from '../../../src/config/config.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { listOpenAlerts } from '../../../src/store/alerts.ts'
import { acquireLock } from '../../../src/store/locks.ts'
import { announcement, createTestStore, type TestStore } from '../../support/store.ts'

const [agentId, requestId] = ['hunter', 'restore-hunter/1']
let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
  await registerInstance(store.db, announcement(agentId, 'hunter-1'), Date.now())
})
afterAll(() => store?.drop())

test('an attempt to enforce a configuration raises no alert once it was given up', async () => {
  const { db } = store
  let meanwhile = async (): Promise<unknown> => undefined
  const dependencies = {
    db,
    config: configSchema.parse({}),
    actuatorFor: () => ({
      async deliver(target: { agentId: string; instanceId: string }) {
        await meanwhile()
        throw createNotAcknowledgedError(target, 10)
      },
    }),
  } as unknown as Dependencies
  await acquireLock(db, agentId, requestId, 60_000, Date.now())
  const attempt = () =>
    new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') }).run(() =>
      enforceCurrentConfiguration(dependencies, {
        agentId,
        awaited: ['hunter-1'],
        subject: 'Version 1 of hunter',
        alertOf: requestId,
        isTolerable: () => true,
      }),
    )
  await expect(attempt()).rejects.toMatchObject({ code: 'unreachable' })
  expect(await listOpenAlerts(db)).toMatchObject([{ cause: 'unconfirmed-configuration', trialId: requestId }])

  const note = { by: 'ada', reason: 'it was decommissioned' }
  meanwhile = () => createGiveUpActivity(dependencies)({ of: { agentId, requestId }, note })
  await expect(attempt()).rejects.toMatchObject({ code: 'unreachable' })
  expect(await listOpenAlerts(db)).toEqual([])
})
