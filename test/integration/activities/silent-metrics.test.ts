import { afterAll, beforeAll, expect, test } from 'vitest'
import { alertOnSilentMetrics } from '../../../src/activities/alert-on-silent-metrics.ts'
import { alertOnViolatedBounds } from '../../../src/activities/alert-on-violated-bounds.ts'
import { builtInCatalogue } from '../../../src/model/metric.ts'
import { objectiveSchema } from '../../../src/model/objective.ts'
import { recordAgentMetrics } from '../../../src/store/agent-metrics.ts'
import { listOpenAlerts } from '../../../src/store/alerts.ts'
import { agentProfile, snapshot } from '../../support/profiles.ts'
import { createTestStore, type TestStore } from '../../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
})
afterAll(() => store.drop())

const objective = objectiveSchema.parse({ minimize: 'costUsd', subjectTo: [{ metric: 'qualityScore', min: 0.8 }] })
let takenAt = Date.now() - 60_000

/** The alerts after a cycle has seen these metrics. */
async function see(metrics: Record<string, number>, objectives = [objective]): Promise<string[]> {
  takenAt += 1_000
  const seen = snapshot([agentProfile('bot', { metrics })], {}, takenAt)
  await recordAgentMetrics(store.db, seen)
  await alertOnSilentMetrics(store.db, seen, { objectives, catalogue: builtInCatalogue })
  await alertOnViolatedBounds(store.db, seen, { objectives, catalogue: builtInCatalogue })
  return (await listOpenAlerts(store.db)).map(({ message }) => message)
}

test('an alert says that a bounded metric fell silent, once, and ends when it is reported again or the objective is gone', async () => {
  expect(await see({ costUsd: 0.004, qualityScore: 0.9 })).toEqual([])
  const silent = [
    'No instance of bot reports the quality score any more. Its objective uses this metric, so no change to bot is tried or kept until an instance reports it.',
  ]
  expect(await see({ costUsd: 0.004 })).toEqual(silent)
  expect(await see({ costUsd: 0.004 })).toEqual(silent)
  expect(await see({ costUsd: 0.004, qualityScore: 0.9 })).toEqual([])
  expect(await see({ costUsd: 0.004 })).toEqual(silent)
  expect(await see({ costUsd: 0.004 }, [])).toEqual([])
})

test('an alert says which bounds an agent violates, and ends when it is within them or the objective is gone', async () => {
  const violated = ['bot quality score is 73% (bound: at least 80%).']
  expect(await see({ costUsd: 0.004, qualityScore: 0.73 })).toEqual(violated)
  expect(await see({ costUsd: 0.004, qualityScore: 0.9 })).toEqual([])
  expect(await see({ costUsd: 0.004, qualityScore: 0.73 })).toEqual(violated)
  expect(await see({ costUsd: 0.004, qualityScore: 0.73 }, [])).toEqual([])
})
