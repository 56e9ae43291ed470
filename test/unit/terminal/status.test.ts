import { expect, test } from 'vitest'
import { defaultPolicy } from '../../../src/model/policy.ts'
import type { Status } from '../../../src/reading/status.ts'
import { formatStatus } from '../../../src/terminal/format-status.ts'

test('an agent without a live instance is silent until all of its instances are gone', () => {
  const agent = { kind: 'hunter', live: 0, silentSince: new Date(0), version: 1, values: {} }
  const status = formatStatus({
    control: { policy: defaultPolicy } as Status['control'],
    pause: null,
    agents: [
      { ...agent, agentId: 'quiet', instances: 2 },
      { ...agent, agentId: 'away', instances: 0 },
    ],
    trials: [],
    restores: [],
    approvals: [],
    results: [],
    listed: { results: { shown: 0, total: 0 } },
    limitsProblem: null,
    alerts: [],
  } as Status)
  expect(status).toMatch(/quiet .*silent since 1970-01-01T00:00:00Z/)
  expect(status).toMatch(/away .*gone since 1970-01-01T00:00:00Z/)
})

test('a loss that rounds to nothing is not named as the cost of a change', () => {
  const effect = {
    unit: '',
    kind: 'proportion',
    direction: 'higher',
    before: 1,
    after: 1,
    interval: null,
    effect: 'lost',
    bounds: [],
  }
  const result = {
    strategy: { id: 'opt_1_a', agentId: 'bot', actions: [], targetMetric: 'responseTime' },
    actualImprovement: 10,
    interval: [5, 15],
    reason: 'faster',
    verdict: 'keep',
    effects: [
      { ...effect, metric: 'half', label: 'half', improvement: -0.01 },
      { ...effect, metric: 'qualityScore', label: 'quality score', improvement: -2 },
    ],
  }
  const status = formatStatus({
    control: { policy: defaultPolicy },
    agents: [],
    trials: [],
    restores: [],
    approvals: [],
    results: [result],
    listed: { results: { shown: 1, total: 1 } },
    alerts: [],
  } as unknown as Status)
  expect(status).toContain('at the cost of quality score 2.0 points lower: faster')
})
