import { expect, test } from 'vitest'
import { syntheticExperience, syntheticFleet, syntheticHistory } from '../../../bench/synthetic-fleet.ts'
import { planInThread } from '../../../src/activities/plan-in-thread.ts'
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

/** How often other work gets its turn in this thread until the plan is there. */
async function turnsUntil(plan: () => unknown): Promise<number> {
  let turns = 0
  const timer = setInterval(() => turns++, 5)
  try {
    await plan()
    return turns
  } finally {
    clearInterval(timer)
  }
}

test('while a thread plans for a large fleet, other work keeps running', async () => {
  const request = requestFor(25)
  expect(await turnsUntil(() => planCycle(request))).toBe(0)
  expect(await turnsUntil(() => planInThread(request))).toBeGreaterThan(10)
})

test('a thread plans the same as the main thread, and the same when repeated', async () => {
  const request = requestFor(12)
  const plan = planCycle(request)
  expect(plan.strategies.length).toBeGreaterThan(3)
  expect(await planInThread(request)).toEqual(plan)
  expect(planCycle(structuredClone(request))).toEqual(plan)
})

test('a plan that fails in its thread fails here', async () => {
  const request = { ...requestFor(1), thresholds: undefined } as unknown as PlanRequest
  await expect(planInThread(request)).rejects.toThrow()
})

test('a thread whose plan nobody waits for any more is ended', async () => {
  const attempt = new AbortController()
  const plan = planInThread(requestFor(60), attempt.signal)
  attempt.abort()
  await expect(plan).rejects.toThrow('ended without a plan')
})
