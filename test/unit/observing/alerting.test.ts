import { describe, expect, test } from 'vitest'
import { advanceCondition, findRaisedLevel } from '../../../src/analysis/observing/alerting.ts'
import {
  type AlertCondition,
  type AlertThreshold,
  alertThresholdsSchema,
  findThresholdsProblem,
  type ThresholdMetric,
} from '../../../src/model/alert-threshold.ts'
import { createCatalogue } from '../../../src/model/metric.ts'

const cpu: ThresholdMetric = { direction: 'lower', kind: 'continuous', unit: '%' }
const share: ThresholdMetric = { direction: 'higher', kind: 'proportion', unit: '' }
const parse = (threshold: object): AlertThreshold => alertThresholdsSchema.parse({ cpu_usage: threshold }).cpu_usage!

/** The level after each value, one every ten seconds. */
function levelsOf(threshold: AlertThreshold, values: number[], metric: ThresholdMetric = cpu) {
  let condition: AlertCondition = {}
  return values.map((value, index) => {
    condition = advanceCondition(condition, threshold, metric, value, index * 10_000)
    return findRaisedLevel(condition)
  })
}

describe('an alert', () => {
  test('is raised above the limit of the document, and not at it', () => {
    expect(levelsOf(parse({ critical: 90 }), [89, 90, 90.5])).toEqual([undefined, undefined, 'critical'])
  })

  test('gets worse from warning to critical, and better again', () => {
    expect(levelsOf(parse({ warning: 70, critical: 90 }), [75, 95, 80, 50])).toEqual([
      'warning',
      'critical',
      'warning',
      undefined,
    ])
  })

  test('waits until the value has been beyond the limit for its time without a break', () => {
    expect(levelsOf(parse({ critical: 90, for: 20 }), [95, 95, 80, 95, 95, 95])).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      'critical',
    ])
  })

  test('does not end before the value is back by the hysteresis', () => {
    expect(levelsOf(parse({ critical: 90, hysteresis: 10 }), [91, 89, 81, 80, 85])).toEqual([
      'critical',
      'critical',
      'critical',
      undefined,
      undefined,
    ])
  })

  test('is raised below the limit of a metric that is better when it is higher', () => {
    expect(levelsOf(parse({ warning: 0.7, critical: 0.5 }), [0.8, 0.6, 0.4], share)).toEqual([undefined, 'warning', 'critical'])
  })

  test('can end however close its limit is to the best value', () => {
    expect(levelsOf(parse({ critical: 0.99 }), [0.98, 0.993, 0.996], share)).toEqual(['critical', 'critical', undefined])
    expect(levelsOf(parse({ critical: 1 }), [0.9, 1], share)).toEqual(['critical', undefined])
  })

  test('is raised in time although the clock was set back meanwhile', () => {
    const threshold = parse({ critical: 90, for: 20 })
    let condition: AlertCondition = {}
    for (const at of [3_600_000, 0, 10_000]) condition = advanceCondition(condition, threshold, cpu, 95, at)
    expect(findRaisedLevel(condition)).toBeUndefined()
    expect(findRaisedLevel(advanceCondition(condition, threshold, cpu, 95, 20_000))).toBe('critical')
  })
})

describe('thresholds', () => {
  const problem = (thresholds: object) => findThresholdsProblem(alertThresholdsSchema.parse(thresholds), createCatalogue([]))

  test('are those of the document, of any metric, under either name', () => {
    expect(problem({ cpu_usage: { critical: 90 } })).toBeUndefined()
    expect(
      problem({ responseTime: { warning: 1_500, critical: 3_000, for: 60 }, success_rate: { critical: 0.5 } }),
    ).toBeUndefined()
    expect(problem({ event_loop_delay: { warning: 200 } })).toBeUndefined()
  })

  test.each([
    ['without a limit', { cpu_usage: {} }],
    ['of an unknown metric', { cpu_usagee: { critical: 90 } }],
    ['with a warning beyond the critical limit', { cpu_usage: { warning: 95, critical: 90 } }],
    ['with the limits of a rate the wrong way round', { success_rate: { warning: 0.4, critical: 0.6 } }],
    ['that no value can reach', { cpu_usage: { critical: 900 } }],
    ['of one metric under two names', { cpu_usage: { critical: 90 }, cpuPercent: { critical: 80 } }],
    ['whose alert could never be raised', { success_rate: { direction: 'above', critical: 1 } }],
    ['whose alert could never be raised from below', { cpu_usage: { direction: 'below', critical: 0 } }],
    ['whose alert could never end', { cpu_usage: { critical: 5, hysteresis: 10 } }],
  ])('%s are refused', (_, thresholds) => {
    expect(problem(thresholds)).toEqual(expect.any(String))
  })
})
