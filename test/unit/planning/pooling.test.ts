import { expect, test } from 'vitest'
import { proposeForSimilarAgents, type SimilarAgent } from '../../../src/analysis/planning/pooling.ts'
import type { Risk } from '../../../src/model/knob.ts'
import { intKnob, strategyFor } from '../../support/store.ts'

const agent = (agentId: string, risk: Risk = 'low', values = { cacheSize: 2 }): SimilarAgent => ({
  agentId,
  values,
  knobs: [intKnob('cacheSize', { risk })],
  objective: undefined,
  autonomy: 0.8,
})

test('a change is proposed for the agents that are alike, but not where it would need approval', () => {
  const others = [agent('b'), agent('c', 'high'), agent('d', 'medium'), agent('e', 'low', { cacheSize: 3 })]
  const proposed = proposeForSimilarAgents(strategyFor('a', 'opt_1_a'), agent('a'), others)
  expect(proposed.map(({ agentId }) => agentId)).toEqual(['b', 'd'])
})

test('a weighted sum is relative to what is usual for each agent', () => {
  const costing = (reference: number) => ({ costUsd: { weight: 1, reference } })
  const strategy = { ...strategyFor('a', 'opt_1_a'), targetMetric: 'weightedSum', weighed: costing(0.001) }
  const others = [{ ...agent('b'), weighed: costing(0.003) }, agent('unmeasured')]
  const proposed = proposeForSimilarAgents(strategy, agent('a'), others)
  expect(proposed.map(({ agentId, weighed }) => ({ agentId, weighed }))).toEqual([{ agentId: 'b', weighed: costing(0.003) }])
})
