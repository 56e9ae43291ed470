import { expect, test } from 'vitest'
import {
  describeChanges,
  describeImprovement,
  describeProgress,
  formatChanges,
  formatImpact,
  formatImprovement,
  formatMetricValue,
  formatMs,
  formatRatio,
  formatSignedImprovement,
  formatTrend,
  formatTruncation,
  formatValue,
} from '../../../src/model/format.ts'
import { findBuiltInMetric } from '../../../src/model/metric.ts'

test.each([
  ['responseTime', 28.9, null, '28.9% faster'],
  ['responseTime', -3, [-6, -1], '3.0% slower (1.0 to 6.0% slower)'],
  ['responseTime', 2, [-1, 5], '2.0% faster (1.0% slower to 5.0% faster)'],
  ['responseTime', 2, [0, 5], '2.0% faster (unchanged to 5.0% faster)'],
  ['successRate', -2, [-5, 1], '2.0 points lower (5.0 points lower to 1.0 points higher)'],
  ['coordinationScore', 4, [1, 7], '4.0 points higher (1.0 to 7.0 points higher)'],
  ['responseTime', null, null, 'not measured'],
  ['responseTime', 120, null, '100.0% faster'],
  ['throughput', 805.2, [300, 900], '805.2% higher (300.0 to 900.0% higher)'],
] as const)('an improvement of the %s by %d, %j, is told in words, without a sign', (metric, improvement, interval, told) => {
  expect(formatImprovement(findBuiltInMetric(metric)!, improvement, interval && [...interval])).toBe(told)
})

test('numbers of a change have the unit of its knob, other values have none', () => {
  const changes = [
    { knob: 'ttl', from: 0, to: 600, unit: 'ms' },
    { knob: 'mode', from: 'fast', to: 'exact', unit: 'ms' },
    { knob: 'retries', from: 1, to: 2 },
  ]
  expect(formatChanges(changes)).toBe('ttl 0 → 600 ms, mode fast → exact, retries 1 → 2')
  expect(describeChanges(changes)).toBe('ttl from 0 to 600 ms, mode from fast to exact and retries from 1 to 2')
})

test('a list says how much of it is left out, and nothing if it is complete', () => {
  expect(formatTruncation(10, 12, 'result')).toEqual(['The newest 10 of 12 results.'])
  expect(formatTruncation(12, 12, 'result')).toEqual([])
})

test('the progress of a trial of days says how many executions are missing, until when, and whether it is suspended', () => {
  const monday = Date.UTC(2026, 10, 30, 8)
  expect(describeProgress({ decisions: 160, until: monday })).toBe(
    'about 160 more executions; at the current rate, complete by Monday 2026-11-30 08:00 UTC',
  )
  expect(describeProgress({ decisions: 1, until: null })).toBe('about 1 more execution')
  expect(describeProgress({ decisions: 0, until: monday })).toBe('enough executions to judge it')
  expect(describeProgress({ decisions: 3, until: null, suspendedUntil: monday })).toBe(
    'about 3 more executions; suspended by a freeze window until Monday 2026-11-30 08:00 UTC',
  )
  expect(describeProgress({ decisions: 3, until: null, goneSince: monday })).toBe(
    'about 3 more executions; the instances to compare with have been gone since Monday 2026-11-30 08:00 UTC',
  )
})

test('an improvement names its metric, unless its words say that it is the response time', () => {
  const [time, rate] = ['responseTime', 'successRate'].map((name) => findBuiltInMetric(name)!)
  expect(describeImprovement(time!, 12.34, null)).toBe('12.3% faster')
  expect(describeImprovement(time!, 0, null)).toBe('response time unchanged')
  expect(describeImprovement(time!, 0, [-3, 2])).toBe('unchanged (3.0% slower to 2.0% faster)')
  expect(describeImprovement({ ...rate!, label: 'faster answers' }, 2, null)).toBe('faster answers 2.0 points higher')
})

test('signs stand for improvements in lists and for changes of a metric against its past', () => {
  const rate = { kind: 'proportion', direction: 'higher' } as const
  expect([120, -31, 0.01, null].map((improvement) => formatSignedImprovement({ kind: 'count' }, improvement))).toEqual([
    '+100.0%',
    '−31.0%',
    '0.0%',
    'not measured',
  ])
  expect([-2, 0.01, null].map((trend) => formatTrend(rate, trend))).toEqual(['−2.0 points (worse)', 'unchanged', '?'])
  expect(formatTrend({ kind: 'continuous', direction: 'lower' }, 120)).toBe('+120.0% (worse)')
})

test('values and impacts have their units', () => {
  const times = ['4.25 ms', '5 ms', '16.3 ms', '1000 ms', '2832 ms', '10 s', '31.4 s', '?']
  expect([4.25, 5, 16.25, 999.6, 2_832, 9_999.7, 31_400, null].map(formatMs)).toEqual(times)
  const units = [{ unit: 'ms' }, { unit: 'MB' }, { unit: '%' }].map((unit) => ({ kind: 'continuous' as const, ...unit }))
  expect(units.map((metric) => formatMetricValue(metric, 16.25))).toEqual(['16.3 ms', '16.3 MB', '16.3%'])
  expect(formatRatio(0.1625)).toBe('16.3%')
  expect([undefined, 0.1 + 0.2, ['a', 'b']].map((value) => formatValue(value, 's'))).toEqual(['unset', '0.3 s', 'a > b'])
  expect(formatImpact({ type: 'agent_response_time', impact: 12.34 })).toBe('12.3%')
  expect(formatImpact({ type: 'costUsd_high', impact: 12.34, impactUnit: 'points' })).toBe('12.3 points')
})
