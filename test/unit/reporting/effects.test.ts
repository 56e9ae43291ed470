import { describe, expect, test } from 'vitest'
import type { ArmObservations } from '../../../src/analysis/judging/index.ts'
import { listSuccessMetrics } from '../../../src/analysis/planning/strategies/success-metrics.ts'
import {
  computeMeasuredMetrics,
  computeMetricEffects,
  evaluateSuccessMetrics,
  measureArms,
} from '../../../src/analysis/reporting/results/index.ts'
import { createSeededRandom } from '../../../src/analysis/statistics/random.ts'
import { listObservationStarts, omitSuspensions } from '../../../src/analysis/trials/suspension.ts'
import { excludeWarmUp } from '../../../src/analysis/trials/warm-up.ts'
import { type BottleneckRule, createDefaultRules, selectRules } from '../../../src/model/bottleneck-rule.ts'
import { createCatalogue } from '../../../src/model/metric.ts'
import { objectiveSchema } from '../../../src/model/objective.ts'
import { describeEffect, describeSuccessOutcome, groupEffects } from '../../../src/model/result-text.ts'
import { defaultThresholds } from '../../../src/model/thresholds.ts'

interface World {
  ms: number
  spread: number
  gapMs: number
  failing?: number
  cost?: number
  quality?: number
}

/** 100 executions of each of two instances. */
function arm(name: string, { ms, spread, gapMs, failing = 0.1, cost, quality }: World): ArmObservations {
  const random = createSeededRandom(name)
  const executions = ['1', '2'].flatMap((instance) =>
    Array.from({ length: 100 }, (_, i) => {
      const errored = random.uniform() < failing
      const metrics = {
        ...(cost !== undefined && { costUsd: cost * (0.8 + 0.4 * random.uniform()), toolCalls: i % 3 }),
        ...(quality !== undefined && { qualityScore: Math.min(1, quality + 0.1 * (random.uniform() - 0.5)) }),
      }
      const durationMs = ms * Math.exp(spread * (random.uniform() - 0.5))
      return { at: i * gapMs * (0.9 + 0.2 * random.uniform()), instance, durationMs, success: !errored, errored, metrics }
    }),
  )
  return { executions, negotiations: [] }
}

const catalogue = createCatalogue([{ name: 'toolCalls', unit: 'calls', direction: 'lower', kind: 'count', description: '' }])
const measure = (before: World, after: World) => ({
  before: computeMeasuredMetrics(arm('before', before)),
  after: computeMeasuredMetrics(arm('after', after)),
})

const hunter = { agentId: 'hunter', kind: 'hunter' }
const defaults = createDefaultRules(defaultThresholds)
const rules = [...selectRules([], defaults, hunter), ...selectRules([], defaults, 'system')]

describe('the success criteria of document 000', () => {
  const slow = { ms: 2_500, spread: 1, gapMs: 1_000 }
  const served = { type: 'agent_response_time', targetMetric: 'responseTime' } as const
  const outcomes = (after: World) => {
    const metrics = measure(slow, after)
    const effects = computeMetricEffects({ strategy: served, actualImprovement: 30, interval: [20, 40], metrics }, catalogue)
    return evaluateSuccessMetrics(listSuccessMetrics(served, rules), { metrics, effects }, catalogue)
  }

  test('are met by what the trial measured, latency variance and throughput included', () => {
    const met = outcomes({ ms: 1_500, spread: 0.5, gapMs: 700 })
    expect(met.map(({ outcome }) => outcome)).toEqual(['met', 'met', 'met'])
    expect(met[1]).toMatchObject({ description: 'Latency variance reduced', unit: 'ms²' })
    expect(met[1]!.improvement).toBeGreaterThan(80)
    expect(met.map(describeSuccessOutcome)[0]).toMatch(/^Response time < 2000ms: met \(1\d\d\d ms\)$/)
    expect(met.map(describeSuccessOutcome)[1]).toMatch(
      /^Latency variance reduced: met \(standard deviation [\d.]+ ms to [\d.]+ ms\)$/,
    )
    expect(met.map(describeSuccessOutcome)[2]).toMatch(/^Throughput increased: met \(\d\d\.?\d*\/min to 7\d\.?\d*\/min\)$/)
  })

  test('have the limit of the configured rule that replaces the threshold', () => {
    const rule: BottleneckRule = { type: 'agent_response_time', metric: 'responseTime', above: 3_000, severity: 'low' }
    const first = (configured: BottleneckRule[]) => listSuccessMetrics(served, selectRules(configured, defaults, hunter))[0]
    expect(first([])).toEqual({ description: 'Response time < 2000ms', metric: 'responseTime', aim: 'at-most', limit: 2_000 })
    expect(first([rule])).toMatchObject({ description: 'Response time < 3000ms', limit: 3_000 })
    expect(first([{ ...rule, quantile: 0.95 }])).toMatchObject({
      description: 'Response time at the 95th percentile < 3000ms',
      statistic: 'p95',
    })
    expect(first([{ ...rule, agent: 'other' }])).toMatchObject({ limit: 2_000 })
  })

  test('are not met by a difference that may be chance', () => {
    expect(outcomes({ ms: 2_450, spread: 1, gapMs: 1_000 }).map(({ outcome }) => outcome)).toEqual([
      'not-met',
      'not-met',
      'not-met',
    ])
  })

  test('are not measured where nobody reports the metric, and where no trial can', () => {
    const metrics = measure(slow, slow)
    const evaluate = (type: 'system_performance' | 'coordination_enhancement') =>
      evaluateSuccessMetrics(
        listSuccessMetrics({ type, targetMetric: 'responseTime' }, rules),
        { metrics, effects: [] },
        catalogue,
      )
    const unmeasured = [...evaluate('system_performance'), ...evaluate('coordination_enhancement')]
    expect(unmeasured.map(({ outcome }) => outcome)).toEqual(['not-measured', 'not-measured', 'not-measured', 'not-measured'])
    expect(describeSuccessOutcome(unmeasured[0]!)).toBe('Overall system performance > 75%: not measured')
  })
})

describe('the effects of a trial', () => {
  const objective = objectiveSchema.parse({
    minimize: 'costUsd',
    subjectTo: [
      { metric: 'qualityScore', min: 0.8 },
      { metric: 'responseTime', quantile: 0.95, max: 3_000 },
    ],
  })
  const before = { ms: 1_000, spread: 1, gapMs: 1_000, cost: 0.004, quality: 0.85 }
  const after = { ms: 1_400, spread: 1, gapMs: 1_000, cost: 0.002, quality: 0.82 }
  const served = { type: 'agent_objective', targetMetric: 'costUsd', objective } as const
  const result = {
    strategy: served,
    actualImprovement: 50,
    interval: [45, 55] as [number, number],
    metrics: measure(before, after),
  }
  const effects = computeMetricEffects(result, catalogue)
  const of = (metric: string) => effects.find((effect) => effect.metric === metric)

  test('say what was gained in the target, as judged, and what it cost in the others', () => {
    expect(effects[0]).toMatchObject({ metric: 'costUsd', improvement: 50, interval: [45, 55], effect: 'gained' })
    expect(of('responseTime')).toMatchObject({ effect: 'lost' })
    expect(of('responseTimeP95')).toMatchObject({ effect: 'lost', unit: 'ms' })
    expect(of('qualityScore')!.improvement).toBeCloseTo(-3, 0)
    expect(of('successRate')).toMatchObject({ effect: 'unclear' })
  })

  test('name the quantile that the trial had to improve, and no other but the usual one', () => {
    const goal = { ...served, targetMetric: 'responseTimeP90', objective: undefined }
    const [first, ...others] = computeMetricEffects({ ...result, strategy: goal }, catalogue)
    expect(first).toMatchObject({ metric: 'responseTimeP90', label: '90th percentile of the response time', improvement: 50 })
    expect(others.map(({ metric }) => metric).filter((metric) => /P\d/.test(metric))).toEqual(['responseTimeP95'])
  })

  test('are adjusted only for the target, and tell what was observed', () => {
    const [target, ...others] = computeMetricEffects(result, catalogue)
    expect(target!.isAdjusted).toBe(true)
    expect(others.filter(({ isAdjusted }) => isAdjusted)).toEqual([])
  })

  test('leave the median unclear where about half of the answers come from a cache', () => {
    const cached = (share: number) => {
      const executions = Array.from({ length: 150 }, (_, i) => {
        const durationMs = i < share * 150 ? 50 + (i % 10) : 1_000 + (i % 100)
        return { at: 1_000 * i, instance: 'a', durationMs, success: true, metrics: { costUsd: 0.01 } }
      })
      return computeMeasuredMetrics({ executions, negotiations: [] })
    }
    const metrics = { before: cached(0.52), after: cached(0.48) }
    const strategy = { targetMetric: 'costUsd' } as const
    const effects = computeMetricEffects({ strategy, actualImprovement: 0, interval: [-5, 5], metrics }, catalogue)
    expect(effects.find(({ metric }) => metric === 'responseTime')).toMatchObject({
      label: 'median response time',
      effect: 'unclear',
    })
  })

  test('are no change for the worse where an arm has hardly any values of the metric', () => {
    const scored = (scores: number[]) =>
      computeMeasuredMetrics({
        executions: Array.from({ length: 60 }, (_, i) => ({
          at: 1_000 * i,
          instance: 'a',
          durationMs: 100,
          success: true,
          metrics: (scores[i] === undefined ? {} : { accuracy: scores[i] }) as Record<string, number>,
        })),
        negotiations: [],
      })
    const metrics = { before: scored([0.93, 0.92]), after: scored([0.9]) }
    const accuracy = { name: 'accuracy', unit: '', direction: 'higher', kind: 'proportion', description: '' } as const
    const strategy = { targetMetric: 'responseTime' } as const
    const effects = computeMetricEffects(
      { strategy, actualImprovement: 0, interval: [-5, 5], metrics },
      createCatalogue([accuracy]),
    )
    const shown = effects.find(({ metric }) => metric === 'accuracy')
    expect(shown).toMatchObject({ before: 0.925, after: 0.9, interval: null, effect: 'unclear' })
  })

  test('count the throughput outside suspensions and the warm-up after them, also of a single instance', () => {
    const hourMs = 3_600_000
    const everyQuarter = (from: number, to: number) => {
      const executions: ArmObservations['executions'] = []
      for (let at = from * hourMs; at < to * hourMs; at += hourMs / 4)
        executions.push({ at, instance: 'a', durationMs: 1_000, success: true })
      return { executions, negotiations: [] }
    }
    // Twelve hours of each day are a freeze window; in one of them, work goes on for an hour.
    const hours = [
      [12, 24],
      [36, 40],
      [41, 48],
      [60, 72],
    ] as const
    const suspensions = hours.map(([from, to]) => ({ from: from * hourMs, to: to * hourMs }))
    const arms = { control: everyQuarter(-40, 0), candidate: omitSuspensions(everyQuarter(0, 96), suspensions) }
    const starts = listObservationStarts(suspensions, 0)
    for (const warmUp of [
      { samples: 0, seconds: 0 },
      { samples: 24, seconds: 0 },
      { samples: 0, seconds: 7_200 },
    ]) {
      const warmed = excludeWarmUp(arms, warmUp, { design: 'before-after', candidates: ['a'], starts })
      const past = computeMeasuredMetrics(arms.control)
      const { before, after } = measureArms(arms, warmed, { past, declared: [], suspensions, since: 0 })
      const rates = [before, after].map(({ further }) => 60 * further!.throughput!.value)
      expect(rates[0]).toBeCloseTo(4, 9)
      expect(Math.abs(rates[1]! - 4)).toBeLessThan(0.1)
    }
  })

  test('count the throughput of an instance that alternates in the blocks of the arm only', () => {
    const blocks = Array.from({ length: 12 }, (_, i) => ({ from: 120_000 * i, to: 120_000 * i + 60_000 }))
    const executions = blocks.flatMap(({ from }) =>
      Array.from({ length: 10 }, (_, i) => ({ at: from + 6_000 * i, instance: 'a', durationMs: 100, success: true })),
    )
    const { throughput } = computeMeasuredMetrics({ executions, negotiations: [] }, [], { periods: blocks }).further!
    expect(throughput).toMatchObject({ value: 10, samples: 12 })
  })

  test('include declared metrics', () => {
    expect(of('toolCalls')).toMatchObject({ label: 'toolCalls', unit: 'calls', improvement: 0, effect: 'unclear' })
  })

  test('name the bounds of the objective, and whether the figure is within them', () => {
    expect(of('qualityScore')!.bounds).toEqual([{ bound: 'at least 80%', holds: true }])
    expect(of('responseTimeP95')!.bounds).toEqual([{ bound: 'at most 3000 ms at the 95th percentile', holds: true }])
    expect(of('responseTime')).toMatchObject({ label: 'median response time', bounds: [] })
    expect(describeEffect(of('qualityScore')!, true)).toMatch(
      /^quality score \d\.\d points lower, within its bound of at least 80%$/,
    )
    expect(groupEffects(effects).map(({ title }) => title)).toEqual(['Better', 'Worse', 'No clear change'])
  })

  test('meet the criteria of the objective: its metric and its bounds', () => {
    const criteria = listSuccessMetrics(served, rules)
    const outcomes = evaluateSuccessMetrics(criteria, { metrics: result.metrics, effects }, catalogue)
    expect(outcomes.map(({ description, outcome }) => [description, outcome])).toEqual([
      ['Better cost', 'met'],
      ['Quality score at least 80%', 'met'],
      ['Response time at most 3000 ms at the 95th percentile', 'met'],
    ])
  })
})
