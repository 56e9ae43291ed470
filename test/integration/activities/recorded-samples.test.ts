import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Dependencies } from '../../../src/activities/dependencies.ts'
import { recordObservations } from '../../../src/activities/record-observations.ts'
import { createTrialJudge } from '../../../src/analysis/judging/index.ts'
import type { ObservationsByArm } from '../../../src/analysis/judging/trial-metric.ts'
import { buildTrialGoal } from '../../../src/analysis/trials/goal.ts'
import type { Arm } from '../../../src/model/trial.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import { insertTrial, listTrialSamples } from '../../../src/store/trials.ts'
import type { ObservedArms } from '../../../src/trials/observations.ts'
import { announcement, createTestStore, strategyFor, type TestStore } from '../../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
})
afterAll(() => store?.drop())

const [agentId, trialId] = ['hunter', 'opt_1_costs']
const objective = { minimize: 'costUsd', subjectTo: [{ metric: 'qualityScore', min: 0.8 }], tolerate: {} }
const start = Date.UTC(2026, 10, 21)

/** Executions of one instance, each costing a little more or less than `costUsd`. */
const observe = (instance: string, costUsd: number): ObservedArms['control'] => ({
  executions: Array.from({ length: 100 }, (_, index) => ({
    id: randomUUID(),
    at: start + index * 1_000,
    instance,
    version: 1,
    durationMs: 900 + (index % 7),
    success: true,
    type: 'decision',
    errored: false,
    confidence: null,
    metrics: { costUsd: costUsd * (1 + (index % 5) / 50), qualityScore: 0.9 + (index % 3) / 100 },
  })),
  negotiations: [],
})

test('the verdict about reported metrics follows from the stored samples alone', async () => {
  const { db } = store
  await registerInstance(db, announcement(agentId, 'hunter-1'))
  await insertStrategies(db, null, [strategyFor(agentId, trialId)])
  const arms = { candidateInstances: ['hunter-1'], controlInstances: ['hunter-2'], baselineVersion: 1, candidateVersion: 1 }
  const trial = await insertTrial(db, { id: trialId, agentId, workflowId: trialId, design: 'concurrent', ...arms })
  const nothing = { executions: [], negotiations: [] }
  const judge = (seen: ObservationsByArm) =>
    createTrialJudge({
      goal: buildTrialGoal({ targetMetric: 'costUsd', objective }),
      design: 'concurrent',
      history: { control: nothing, candidate: nothing },
      maxSamples: 160,
    }).look(seen, { final: true })

  const seen = { control: observe('hunter-2', 0.02), candidate: observe('hunter-1', 0.012) }
  const verdict = judge(seen)
  expect(verdict).toMatchObject({ decision: 'keep', metric: 'costUsd' })
  await recordObservations({ db } as Dependencies, trial, seen)
  const samples = await listTrialSamples(db, trialId)
  const stored = (arm: Arm) => ({
    executions: samples
      .filter((sample) => sample.arm === arm)
      .map(({ instanceId, timestamp, value, success, metrics }) => ({
        instance: instanceId,
        at: timestamp.getTime(),
        durationMs: value,
        success,
        metrics,
      })),
    negotiations: [],
  })
  expect(judge({ control: stored('control'), candidate: stored('candidate') })).toEqual(verdict)
})
