import { expect, test } from 'vitest'
import { syntheticExperience, syntheticFleet, syntheticHistory } from '../../../bench/synthetic-fleet.ts'
import { emptyRecord } from '../../../src/analysis/eligibility/index.ts'
import { type PlanRequest, planCycle } from '../../../src/analysis/planning/plan-cycle.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import { defaultThresholds } from '../../../src/model/thresholds.ts'
import { knobsFor } from '../../support/profiles.ts'

function requestFor(agents: number): PlanRequest {
  const snapshot = syntheticFleet(agents)
  return {
    snapshot,
    thresholds: defaultThresholds,
    knobs: knobsFor(snapshot),
    experience: syntheticExperience(snapshot),
    history: syntheticHistory(snapshot),
    pairs: [],
    policy: defaultPolicy,
    eligibility: emptyRecord,
  }
}

const request = requestFor(6)
const planned = planCycle(request)
const victim = planned.strategies[0]!.agentId

test.each([
  ['knobs', { knobs: { ...request.knobs, [victim]: [null] } }],
  ['history', { history: { ...request.history, [victim]: { responseTime: null, successRate: 7, coordinationScore: [null] } } }],
  ['trials', { experience: request.experience.map((trial) => (trial.agentId === victim ? { ...trial, changes: null } : trial)) }],
])('an agent whose %s cannot be processed is left out and named, and the others are planned for', (_what, broken) => {
  const { strategies, unusable } = planCycle({ ...request, ...broken } as unknown as PlanRequest)
  expect(unusable).toEqual([{ agentId: victim, reason: expect.stringMatching(/./) }])
  const others = [...new Set(planned.strategies.map(({ agentId }) => agentId))].filter((agentId) => agentId !== victim)
  expect(others.length).toBeGreaterThan(0)
  expect(strategies.map(({ agentId }) => agentId)).toEqual(expect.arrayContaining(others))
  expect(strategies.filter(({ agentId }) => agentId === victim)).toEqual([])
})

test('a plan that fails whatever the agents are fails as a whole', () => {
  expect(planned.unusable).toEqual([])
  expect(() => planCycle({ ...request, policy: null } as unknown as PlanRequest)).toThrow(TypeError)
})
