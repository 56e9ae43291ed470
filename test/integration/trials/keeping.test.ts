import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assertKeepAllowed } from '../../../src/activities/assert-keep-allowed.ts'
import type { Dependencies } from '../../../src/activities/dependencies.ts'
import { createLookActivity } from '../../../src/activities/look.ts'
import { type Config, configSchema } from '../../../src/config/config.ts'
import type { MeasuredMetrics } from '../../../src/model/result.ts'
import { getCurrentConfiguration, registerInstance } from '../../../src/store/agents.ts'
import { appendConfiguration } from '../../../src/store/configurations.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import { findTrial, insertTrial, type Trial, updateTrial } from '../../../src/store/trials.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { announcement, createTestStore, strategyFor, type TestStore } from '../../support/store.ts'

let store: TestStore
let proven: Trial
beforeAll(async () => {
  store = await createTestStore()
  const { db } = store
  await registerInstance(db, announcement('hunter', 'hunter-1'), Date.now())
  const strategy = strategyFor('hunter', 'opt_1_proven')
  await insertStrategies(db, null, [strategy])
  const { version, values } = await getCurrentConfiguration(db, 'hunter')
  const changed = { agentId: 'hunter', values: { ...values, cacheSize: 4 }, origin: 'trial' as const, trialId: strategy.id }
  await insertTrial(db, {
    id: strategy.id,
    agentId: 'hunter',
    workflowId: 'trial-opt_1_proven',
    design: 'concurrent',
    baselineVersion: version,
    candidateVersion: await appendConfiguration(db, { ...changed, reason: 'a test' }),
    candidateInstances: ['hunter-1'],
    controlInstances: ['hunter-2'],
  })
  const figures = (successRate: number): MeasuredMetrics => ({
    samples: 100,
    responseTimeP50: 100,
    responseTimeMean: 100,
    successRate,
    coordinationScore: null,
  })
  await updateTrial(db, strategy.id, { metrics: { before: figures(0.9), after: figures(0.85) } })
  proven = (await findTrial(db, strategy.id))!
})
afterAll(() => store?.drop())

const keep = (config: Config) => store.db.transaction().execute((trx) => assertKeepAllowed(trx, config, proven))

async function keepUnder(limits: object | string): Promise<void> {
  const dataDir = temporaryFolder()
  writeFileSync(join(dataDir, 'limits.json'), typeof limits === 'string' ? limits : JSON.stringify(limits))
  await keep(configSchema.parse({ dataDir }))
}

test('a proven change is kept if the limits allow it', async () => {
  await keepUnder({ neverTouch: [{ knob: 'parallelism' }], maxSteps: [{ share: 0.5 }], floors: [{ successRate: 0.8 }] })
})

test.each([
  [{ floors: [{ successRate: 0.88 }] }, 'limited', 'the success rate of hunter was 0.85; the floor is 0.88'],
  [{ neverTouch: [{ agent: 'hunter', knob: 'cacheSize' }] }, 'limited', "cacheSize: the operator's limits forbid changing it"],
  [{ maxSteps: [{ share: 0.1 }] }, 'limited', 'cacheSize: 2 → 4 is a step of 22.2'],
  ['{', 'broken-limits', 'limits.json are invalid'],
])('limits tightened to %j roll it back', async (limits, code, reason) => {
  await expect(keepUnder(limits)).rejects.toMatchObject({ code, message: expect.stringContaining(reason) })
})

test('a change that was planned for another objective is not kept, and a trial of days ends at its next look', async () => {
  const objectives = [{ kind: 'hunter', minimize: 'costUsd', subjectTo: [{ metric: 'successRate', min: 0.8 }] }]
  const config = configSchema.parse({ dataDir: temporaryFolder(), objectives })
  const changed = { code: 'objective-changed', message: expect.stringContaining('The objective of hunter has changed') }
  await expect(keep(config)).rejects.toMatchObject(changed)
  const look = createLookActivity({ db: store.db, config } as Dependencies)
  await expect(look({ trialId: proven.id, step: 'candidate', observeMs: 1_000 })).rejects.toMatchObject(changed)
})
