import { expect, test } from 'vitest'
import { builtInCatalogue, getMetric } from '../../../src/model/metric.ts'
import { toDisplayedMetric } from '../../../src/reading/fleet.ts'
import { formatAgents } from '../../../src/terminal/format-agents.ts'

test('the metric that an agent is optimized for is named even before it has a value', () => {
  const known = { kind: 'hunter', live: 1, silent: 0, heardAt: null, metric: 'costUsd', responseTime: null }
  const agent = { agentId: 'hunter', ...known, value: null, trend: null, severity: null, trialId: null, waiting: false }
  const metrics = [toDisplayedMetric(getMetric(builtInCatalogue, 'costUsd'))]
  expect(formatAgents({ agents: [agent], metrics, total: 1 })).toContain('cost (no value yet)')
})
