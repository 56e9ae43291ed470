import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTrialSeriesReader } from '../../../src/reading/trial-series.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { appendConfiguration } from '../../../src/store/configurations.ts'
import { ingestReports } from '../../../src/store/reports.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import { insertTrial, updateTrial } from '../../../src/store/trials.ts'
import { announcement, batch, createTestStore, execution, strategyFor, type TestStore } from '../../support/store.ts'
import { withClosedTemporal } from '../../support/temporal.ts'

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
})
afterAll(() => store?.drop())

test('an ended trial is shown as it ended, also to who looked while it ran', async () => {
  const { db } = store
  const id = 'opt_1_watched'
  const arms = [
    { instanceId: 'hunter-1', version: 2 },
    { instanceId: 'hunter-2', version: 1 },
  ]
  for (const { instanceId } of arms) await registerInstance(db, announcement('hunter', instanceId), Date.now())
  const changed = { agentId: 'hunter', values: { cacheSize: 4, parallelism: 2 }, origin: 'trial', trialId: id } as const
  await insertStrategies(db, null, [strategyFor('hunter', id)])
  await insertTrial(db, {
    id,
    agentId: 'hunter',
    workflowId: 'cycle-1',
    design: 'concurrent',
    baselineVersion: 1,
    candidateVersion: await appendConfiguration(db, { ...changed, reason: 'a test' }),
    candidateInstances: ['hunter-1'],
    controlInstances: ['hunter-2'],
  })
  const began = Date.now() - 60_000
  const first = began + 1_000
  await updateTrial(db, id, { state: 'observing', observingAt: new Date(began) })
  const work = async (from: number, to: number) => {
    for (const { instanceId, version } of arms) {
      const executions = Array.from({ length: to - from }, (_, index) => execution({ at: first + 100 * (from + index), version }))
      await ingestReports(db, batch('hunter', instanceId, { executions }), Date.now())
    }
  }
  const read = createTrialSeriesReader(await withClosedTemporal(db))
  const countValues = async () => {
    const { looks, distribution } = await read(id)
    return { looks: looks.length, values: distribution.reduce((sum, { candidate }) => sum + candidate, 0) }
  }
  await work(0, 20)
  const atFirst = await countValues()
  expect(atFirst.values).toBe(20)
  await work(20, 80)
  await updateTrial(db, id, { state: 'restored', endedAt: new Date() })
  const inTheEnd = await countValues()
  expect(inTheEnd.values).toBe(80)
  expect(inTheEnd.looks).toBeGreaterThan(atFirst.looks)
  expect(await countValues()).toEqual(inTheEnd)
})
