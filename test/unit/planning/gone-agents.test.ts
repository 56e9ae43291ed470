import { expect, test } from 'vitest'
import { emptyRecord } from '../../../src/analysis/eligibility/index.ts'
import { planCycle } from '../../../src/analysis/planning/plan-cycle.ts'
import { buildRecommendations } from '../../../src/analysis/reporting/results/index.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import type { Snapshot } from '../../../src/model/profile.ts'
import { defaultThresholds } from '../../../src/model/thresholds.ts'
import { knobsFor, messages, scenario } from '../../support/profiles.ts'

/** The scenario, in which only market-hunter is a bottleneck, with so many instances of it. */
function scenarioWith(instances: number): Snapshot {
  const found = scenario()
  const agents = found.agents.map((agent) => (agent.agentId === 'market-hunter' ? { ...agent, instances } : agent))
  return { ...found, agents }
}

const plan = (snapshot: Snapshot) =>
  planCycle({
    snapshot,
    thresholds: defaultThresholds,
    knobs: knobsFor(snapshot),
    experience: [],
    pairs: [messages('market-hunter', 'market-analyzer', { latencyMs: { mean: 900, count: 100 } })],
    policy: defaultPolicy,
    eligibility: emptyRecord,
  })

test('an agent without a live instance has no bottlenecks and no strategies, and nothing is said about it', () => {
  const present = plan(scenarioWith(1))
  expect(present.bottlenecks).toHaveLength(3)
  expect(present.strategies.map(({ agentId }) => agentId)).toContain('market-hunter')
  const { bottlenecks, strategies, skipped } = plan(scenarioWith(0))
  expect(bottlenecks).toEqual([])
  expect(strategies.filter(({ agentId }) => agentId === 'market-hunter')).toEqual([])
  expect(skipped.filter((line) => line.includes('market-hunter'))).toEqual([])
})

test('the orchestrator is given no recommendation for it', () => {
  const poorly = (instances: number) => {
    const found = scenarioWith(instances)
    const agents = found.agents.map((agent) => (agent.agentId === 'market-hunter' ? { ...agent, successRate: 0.1 } : agent))
    return buildRecommendations({ ...found, agents }, [], defaultThresholds).map(({ text }) => text)
  }
  expect(poorly(1)).toContain('Reduce autonomy for agent market-hunter (poor performance)')
  expect(poorly(0)).toEqual([])
})
