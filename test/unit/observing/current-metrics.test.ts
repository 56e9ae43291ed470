import { expect, test } from 'vitest'
import { computeCurrentMetrics } from '../../../src/analysis/observing/current-metrics.ts'
import { createCatalogue } from '../../../src/model/metric.ts'
import type { InstanceExecution } from '../../../src/model/readings.ts'
import { agentProfile } from '../../support/profiles.ts'

const now = 1_000_000
const catalogue = createCatalogue([{ name: 'toxicity', unit: '', direction: 'lower', kind: 'proportion', description: '' }])

function execution(instanceId: string, at: number, known: Partial<InstanceExecution> = {}): InstanceExecution {
  return {
    agentId: 'bot',
    instanceId,
    at,
    success: true,
    durationMs: 100,
    errored: false,
    confidence: null,
    metrics: null,
    ...known,
  }
}
const executions = [
  execution('bot-1', now - 60_000, { durationMs: 400, metrics: { costUsd: 0.004 } }),
  execution('bot-1', now - 30_000, { metrics: { costUsd: 0.002, toxicity: 0.5 } }),
  execution('bot-2', now - 10_000, { success: false }),
]
const current = (known: object = {}) =>
  computeCurrentMetrics(catalogue, { executions, scored: [], profile: undefined, takenAt: now, history: {}, ...known }, now)
const find = (name: string, known?: object) => current(known).find(({ metric }) => metric === name)

test('a metric of executions is their mean, for the agent and by instance, with its age', () => {
  expect(find('responseTime')).toMatchObject({
    value: 200,
    samples: 3,
    ageMs: 10_000,
    quantiles: { p50: 100 },
    instances: [
      { instanceId: 'bot-1', value: 250, samples: 2, ageMs: 30_000 },
      { instanceId: 'bot-2', value: 100, samples: 1, ageMs: 10_000 },
    ],
  })
})

test('a metric that some executions lack is the mean of the others, and as old as the newest of those', () => {
  expect(find('costUsd')).toMatchObject({ value: 0.003, samples: 2, ageMs: 30_000, unit: 'USD', source: 'database' })
  expect(find('toxicity')).toMatchObject({ value: 0.5, samples: 1, source: 'declared', quantiles: null })
})

test('throughput counts successes per minute', () => {
  // One success after the first of the executions, in one minute.
  expect(find('throughput')).toMatchObject({ value: 1, unit: '/min' })
})

test('other metrics come from the snapshot, as old as their source was then', () => {
  const profile = agentProfile('bot', { goalProgress: 0.4 })
  const source = profile.sources.find((each) => each.source === 'live-state')
  expect(find('goalProgress', { profile, takenAt: now - 5_000 })).toMatchObject({
    value: 0.4,
    ageMs: 5_000 + (source?.ageMs ?? 0),
    instances: [],
  })
})

test('what nobody reports is left out', () => {
  expect(find('outputTokens')).toBeUndefined()
  expect(current({ executions: [] })).toEqual([])
})

test('the trend compares with the mean of the last hour: percent of a quantity, points of a share', () => {
  const history = { costUsd: [0.002, 0.004, 0.006], successRate: [0.5, 0.75], responseTime: [250] }
  expect(find('costUsd', { history })!.trend).toBeCloseTo(100)
  expect(find('successRate', { history })!.trend).toBeCloseTo(25)
  expect(find('responseTime', { history })!.trend).toBeNull()
})
