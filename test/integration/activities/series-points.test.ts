import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadStepPoints } from '../../../src/activities/series-points.ts'
import { builtInCatalogue } from '../../../src/model/metric.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { recordScores } from '../../../src/store/scores.ts'
import { announcement, createTestStore, type TestStore } from '../../support/store.ts'

const stepSeconds = 60
const stepMs = 1_000 * stepSeconds
/** A step that is over. */
const first = Math.floor(Date.now() / stepMs) - 30

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
  await registerInstance(store.db, announcement('writer', 'writer-1'))
})
afterAll(() => store.drop())

/** Executes something in the middle of a step. */
async function execute(step: number, metrics: Record<string, number>): Promise<string> {
  const id = randomUUID()
  const work = { id, agentName: 'writer', executionType: 'answer', executionTimeMs: 100, metrics: JSON.stringify(metrics) }
  await store.db
    .insertInto('agentExecutions')
    .values({ ...work, timestamp: new Date((step + 0.5) * stepMs) })
    .execute()
  return id
}

async function loadValues(metric: string, steps: number): Promise<(number | null | undefined)[]> {
  const { pointsOf } = await loadStepPoints(store.db, { first, end: first + steps, stepSeconds }, builtInCatalogue)
  return Array.from({ length: steps }, (_, i) => pointsOf(first + i).find((point) => point.metric === metric)?.value)
}

test('a score counts in the step in which it came, what the execution reported itself in its own', async () => {
  const id = await execute(first, { costUsd: 2 })
  await recordScores(
    store.db,
    'writer',
    [{ index: 0, entry: { executionId: id, at: 0, metrics: { qualityScore: 0.8 } } }],
    (first + 2.5) * stepMs,
  )
  expect(await loadValues('qualityScore', 4)).toEqual([undefined, undefined, 0.8, undefined])
  expect(await loadValues('costUsd', 4)).toEqual([2, undefined, undefined, undefined])
  const { pointsOf } = await loadStepPoints(store.db, { first, end: first + 4, stepSeconds }, builtInCatalogue)
  const lateBy = pointsOf(first + 2).map(({ metric, lateMs }) => [metric, lateMs])
  expect(lateBy).toContainEqual(['qualityScore', 2 * stepMs])
  const ofWork = [0, 2].map((step) => pointsOf(first + step).flatMap(({ metric, isOfWork }) => (isOfWork ? metric : [])))
  expect(ofWork.map((metrics) => metrics.toSorted())).toEqual([['costUsd', 'responseTime', 'successRate', 'throughput'], []])
})
