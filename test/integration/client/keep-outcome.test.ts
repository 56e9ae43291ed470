import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadKeepOutcome } from '../../../src/client/keep.ts'
import { recordHeartbeat, registerInstance } from '../../../src/store/agents.ts'
import { appendConfiguration } from '../../../src/store/configurations.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import { findTrial, insertTrial, updateTrial } from '../../../src/store/trials.ts'
import { announcement, createTestStore, strategyFor, type TestStore } from '../../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
})
afterAll(() => store?.drop())

const [agentId, id] = ['hunter', 'opt_1_kept']

test('what a keep achieved is told from the values that instances report, not from the numbers of their versions', async () => {
  const { db } = store
  const before = { cacheSize: 2, parallelism: 2 }
  const kept = { ...before, cacheSize: 4 }
  const now = Date.now()
  const reports = [
    { instanceId: 'a', version: 2, values: kept, at: now },
    { instanceId: 'later-version', version: 3, values: kept, at: now },
    { instanceId: 'overridden', version: 2, values: before, at: now },
    { instanceId: 'silent-with-it', version: 3, values: kept, at: now - 10_000 },
    { instanceId: 'silent-without', version: 1, values: before, at: now - 10_000 },
  ]
  for (const { instanceId } of reports) await registerInstance(db, announcement(agentId, instanceId))
  for (const values of [kept, kept]) await appendConfiguration(db, { agentId, values, origin: 'trial', reason: 'a test' })
  for (const { at, ...report } of reports) await recordHeartbeat(db, { agentId, ...report, sentAt: at }, at)
  await insertStrategies(db, null, [strategyFor(agentId, id)])
  const arms = { candidateInstances: ['a'], controlInstances: [], baselineVersion: 1, candidateVersion: 2 }
  await insertTrial(db, { id, agentId, workflowId: id, design: 'before-after', ...arms })
  const outcome = async () => await loadKeepOutcome(db, (await findTrial(db, id))!)
  expect(await outcome()).toEqual({ kept: false, silent: [] })
  await updateTrial(db, id, { state: 'kept', endedAt: new Date() })
  expect(await outcome()).toEqual({
    kept: true,
    silent: ['silent-without'],
    drifting: ['overridden runs with cacheSize 2 instead of 4.'],
  })
})
