import { describe, expect, test } from 'vitest'
import { syntheticExperience, syntheticFleet, syntheticHistory } from '../../../bench/synthetic-fleet.ts'
import { emptyAgentRecord, emptyRecord } from '../../../src/analysis/eligibility/index.ts'
import { type PlanRequest, planCycle } from '../../../src/analysis/planning/plan-cycle.ts'
import { agentsPerCycle, selectPlannedAgents } from '../../../src/analysis/planning/planned-agents.ts'
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

describe('a fleet of many agents', () => {
  const many = { ...requestFor(300), history: {}, experience: [] }
  const bottlenecks = planCycle({ ...many, planned: [] }).bottlenecks
  const planned = selectPlannedAgents(many)

  test('is planned for one part at a time: agents with bottlenecks, others at the next snapshot', () => {
    expect(planned).toHaveLength(agentsPerCycle)
    const affected = new Set(bottlenecks.map(({ affectedComponent }) => affectedComponent))
    expect(planned.filter((agentId) => !affected.has(agentId))).toEqual([])
    expect(selectPlannedAgents(many)).toEqual(planned)
    const next = selectPlannedAgents({ ...many, snapshot: { ...many.snapshot, id: 'the next one' } })
    expect(next.filter((agentId) => !planned.includes(agentId)).length).toBeGreaterThan(agentsPerCycle / 3)
  })

  test('keeps all of its bottlenecks, and a line says how many agents wait', () => {
    const plan = planCycle({ ...many, planned })
    expect(plan.bottlenecks).toEqual(bottlenecks)
    expect(plan.strategies).toHaveLength(20)
    expect(plan.strategies.filter(({ agentId }) => !planned.includes(agentId))).toEqual([])
    expect(plan.skipped).toContain(
      `260 other agents: a cycle plans for ${agentsPerCycle} agents, those with the worst bottlenecks first`,
    )
  })

  test('leaves its agents out that may not be tried now, however bad they are', () => {
    const locked = planned.slice(0, 30)
    const agents = Object.fromEntries(locked.map((agentId) => [agentId, { ...emptyAgentRecord, lockedBy: 'another trial' }]))
    const chosen = selectPlannedAgents({ ...many, eligibility: { ...emptyRecord, agents } })
    expect(chosen).toHaveLength(agentsPerCycle)
    expect(chosen.filter((agentId) => locked.includes(agentId))).toEqual([])
  })
})
