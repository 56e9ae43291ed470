import { expect, test } from 'vitest'
import { recommendAllocations } from '../../../src/analysis/reporting/results/index.ts'
import type { CapacityForecast } from '../../../src/model/capacity.ts'

const today = '2026-11-29'
const agent = (known: Partial<CapacityForecast> = {}): CapacityForecast => ({
  subject: 'market-hunter',
  isAgent: true,
  resource: 'cpuPercent',
  instances: 2,
  days: 20,
  use: 50,
  trendPerDay: 0,
  limit: 90,
  forecast: { reachedOn: null, earliest: null, latest: null, horizonDays: 10 },
  ...known,
})
const host = (known: Partial<CapacityForecast>) => agent({ subject: 'host-1', isAgent: false, instances: 1, ...known })
const recommend = (...resources: CapacityForecast[]) => recommendAllocations(resources, today)
const kinds = (...resources: CapacityForecast[]) => recommend(...resources).map(({ kind, subject }) => `${kind} ${subject}`)

test('an agent near its limit gets so many instances that it is at 60% of the limit', () => {
  expect(recommend(agent({ use: 81 }))).toEqual([
    {
      kind: 'more-instances',
      subject: 'market-hunter',
      text: 'Run 3 instances of market-hunter instead of 2.',
      evidence: [
        'Based on its busiest hour of the last 7 days and its current capacity, an instance of market-hunter uses 81% of a core; the limit is 90%.',
        'Over 20 days, its busiest hour changed by 0.00 points a day.',
      ],
    },
  ])
})

test('a limit that will be reached within two weeks counts like one that is near, and its date is evidence', () => {
  const forecast = { reachedOn: '2026-12-09', earliest: '2026-12-05', latest: null, horizonDays: 15 }
  expect(kinds(agent({ forecast }))).toEqual(['more-instances market-hunter'])
  expect(recommend(agent({ forecast }))[0]!.evidence.at(-1)).toBe(
    'It reaches the limit on 2026-12-09, with 80% probability after 2026-12-05, possibly beyond the end of the forecast.',
  )
  expect(kinds(agent({ forecast: { ...forecast, reachedOn: '2026-12-24' } }))).toEqual([])
})

test('idle instances are given up, but two stay for trials, and only after three whole days', () => {
  expect(recommend(agent({ instances: 6, use: 20 })).map(({ text }) => text)).toEqual([
    'market-hunter needs only 3 instances instead of 6.',
  ])
  expect(kinds(agent({ instances: 3, use: 1 }))).toEqual(['fewer-instances market-hunter'])
  expect(kinds(agent({ instances: 2, use: 1 }))).toEqual([])
  expect(kinds(agent({ instances: 6, use: 20, days: 2, forecast: null, trendPerDay: null }))).toEqual([])
})

test('hosts and containers get more or less CPU and memory', () => {
  expect(kinds(host({ use: 88 }))).toEqual(['more-cpu host-1'])
  expect(kinds(host({ use: 10 }))).toEqual(['less-cpu host-1'])
  expect(kinds(host({ use: 85, resource: 'memoryPercent' }))).toEqual(['more-memory host-1'])
  expect(recommend(agent({ use: 18, resource: 'memoryPercent' })).map(({ text }) => text)).toEqual([
    'market-hunter needs less memory: 33% of its current amount is enough.',
  ])
  expect(kinds(host({ use: 10, resource: 'storagePercent' }))).toEqual([])
})

test('the agent that uses much more CPU than the others is relieved', () => {
  const others = [agent({ subject: 'a', use: 30 }), agent({ subject: 'b', use: 35 })]
  expect(kinds(agent({ use: 72 }), ...others)).toEqual(['relieve market-hunter'])
  expect(kinds(agent({ use: 72 }), agent({ subject: 'a', use: 60 }))).toEqual([])
  expect(kinds(agent({ use: 72 }))).toEqual([])
})

test('nothing is recommended without a limit', () => {
  expect(kinds(agent({ use: 400, limit: null, forecast: null }))).toEqual([])
})
