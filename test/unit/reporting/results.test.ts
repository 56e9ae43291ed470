import { describe, expect, test } from 'vitest'
import {
  buildRecommendations,
  computeCumulativeImprovement,
  summarizeImpact,
} from '../../../src/analysis/reporting/results/index.ts'
import type { MetricName } from '../../../src/model/metric.ts'
import { type MeasuredMetrics, type StandingResult, toResultDigest } from '../../../src/model/result.ts'
import type { StrategyType } from '../../../src/model/strategy.ts'
import { defaultThresholds } from '../../../src/model/thresholds.ts'
import { agentProfile, now, snapshot } from '../../support/profiles.ts'

const unmeasured: MeasuredMetrics = {
  samples: 0,
  responseTimeP50: null,
  responseTimeMean: null,
  successRate: null,
  coordinationScore: null,
}
function result(
  type: StrategyType,
  targetMetric: MetricName,
  actualImprovement: number | null,
  known: Partial<StandingResult> = {},
): StandingResult {
  return {
    strategy: {
      id: 'opt_1_aaaaa',
      type,
      priority: 'high',
      targetComponent: 'market-hunter',
      agentId: 'market-hunter',
      targetMetric,
      description: '',
      expectedImprovement: 10,
      implementationTime: 1,
      actions: [],
      successMetrics: [],
      rollbackPlan: '',
    },
    executionTime: 60_000,
    success: true,
    actualImprovement,
    interval: null,
    promised: null,
    verdict: 'keep',
    design: 'concurrent',
    judged: true,
    reason: 'response time is better',
    samples: { control: 100, candidate: 100 },
    metrics: { before: unmeasured, after: unmeasured },
    issues: [],
    timestamp: new Date(now).toISOString(),
    standing: 'in-force',
    ...known,
  }
}
const failed = { success: false, verdict: 'roll-back' as const }

describe('the impact summary', () => {
  const scenario = [
    result('agent_response_time', 'responseTime', 22.3),
    result('agent_success_rate', 'successRate', 11.2),
    result('coordination_efficiency', 'coordinationScore', 14.5),
    result('predictive_optimization', 'responseTime', 16.2),
    result('coordination_enhancement', 'coordinationScore', 8.7),
  ]

  test("summarizes document 000's five results as 14.6%", () => {
    expect(summarizeImpact(scenario.map(toResultDigest), now)).toEqual({
      totalOptimizations: 5,
      successfulOptimizations: 5,
      successRate: 1,
      overallImprovement: 14.6,
      improvementUnit: null,
      categoryImprovements: {
        agent_response_time: 22.3,
        agent_success_rate: 11.2,
        coordination_efficiency: 14.5,
        predictive_optimization: 16.2,
        coordination_enhancement: 8.7,
      },
      timestamp: '2024-10-10T12:30:21.789Z',
    })
  })

  test('says the unit of the mean where all have the same', () => {
    const unitOf = (results: StandingResult[]) => summarizeImpact(results.map(toResultDigest), now).improvementUnit
    expect(unitOf([result('agent_success_rate', 'successRate', 4)])).toBe('points')
    expect(
      unitOf([result('agent_response_time', 'responseTime', 4), result('agent_success_rate', 'successRate', 9, failed)]),
    ).toBe('percent')
  })

  test('counts unproven changes as tried, never as an improvement', () => {
    const unproven = [
      result('agent_response_time', 'responseTime', -30, failed),
      result('system_performance', 'responseTime', 4, { success: false, verdict: 'undecided' }),
    ]
    expect(summarizeImpact([...scenario, ...unproven].map(toResultDigest), now)).toMatchObject({
      totalOptimizations: 7,
      successfulOptimizations: 5,
      successRate: 0.714,
      overallImprovement: 14.6,
    })
    expect(summarizeImpact(unproven.map(toResultDigest), now)).toMatchObject({
      successRate: 0,
      overallImprovement: 0,
      categoryImprovements: {},
    })
  })

  test('reports 13 of 15 as a success rate of 0.867, and no trials as no improvement', () => {
    const many = Array.from({ length: 15 }, (_, i) => result('agent_response_time', 'responseTime', 18.5, i < 2 ? failed : {}))
    expect(summarizeImpact(many.map(toResultDigest), now).successRate).toBe(0.867)
    expect(summarizeImpact([], now)).toMatchObject({ totalOptimizations: 0, successRate: 0, overallImprovement: 0 })
  })
})

describe('recommendations', () => {
  test('use the sentences of document 000', () => {
    const seen = snapshot(
      [
        agentProfile('strategic-orchestrator', { successRate: 0.45 }),
        agentProfile('market-analyzer', { resourceEfficiency: 0.9 }),
      ],
      { coordination: { messageLatencyMs: 20, conflictResolutionTimeMs: 100, cooperationScore: 0.5 } },
    )
    const recommended = buildRecommendations(seen, [], defaultThresholds)
    expect(recommended.map(({ text }) => text)).toEqual([
      'Reduce autonomy for agent strategic-orchestrator (poor performance)',
      'Increase resources for agent market-analyzer (high efficiency)',
      'System-wide coordination needs improvement',
    ])
    expect(recommended.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual([
      'reduce-autonomy strategic-orchestrator',
      'increase-resources market-analyzer',
      'improve-coordination system',
    ])
    expect(recommended[0]!.evidence[0]).toBe('Its success rate is 45%; below 50% is critical.')
  })

  test('give an agent that was just improved another chance', () => {
    const seen = snapshot([agentProfile('market-hunter', { successRate: 0.45 })])
    expect(buildRecommendations(seen, [result('agent_success_rate', 'successRate', 9)], defaultThresholds)).toEqual([])
  })

  test('ignore metrics that nobody reported', () => {
    const silent = { successRate: null, performanceScore: null, resourceEfficiency: null, coordinationScore: null }
    const coordination = { messageLatencyMs: null, conflictResolutionTimeMs: null, cooperationScore: null }
    expect(buildRecommendations(snapshot([agentProfile('a', silent)], { coordination }), [], defaultThresholds)).toEqual([])
  })
})

describe('the cumulative improvement of an agent', () => {
  test('is the product of the ratios of its kept trials, with an interval combined on the log scale', () => {
    const { responseTime } = computeCumulativeImprovement([
      result('agent_response_time', 'responseTime', 50, { interval: [40, 60] }),
      result('predictive_optimization', 'responseTime', 20, { interval: [10, 30] }),
      result('agent_response_time', 'responseTime', -40, { ...failed, interval: [-50, -30] }),
    ])
    expect(responseTime).toMatchObject({ improvement: 60, keptTrials: 2 })
    const [low, high] = responseTime!.interval!
    const above = Math.hypot(Math.log(0.6 / 0.5), Math.log(0.9 / 0.8))
    const below = Math.hypot(Math.log(0.5 / 0.4), Math.log(0.8 / 0.7))
    expect(low).toBeCloseTo((1 - 0.4 * Math.exp(above)) * 100, 1)
    expect(high).toBeCloseTo((1 - 0.4 * Math.exp(-below)) * 100, 1)
  })

  test('combines rates and scores by the remaining distance to 1, and never exceeds it', () => {
    const from = (successRate: number, timestamp = '2026-01-01T00:00:00Z') => ({
      metrics: { before: { ...unmeasured, successRate }, after: unmeasured },
      timestamp,
    })
    const kept = [
      result('agent_success_rate', 'successRate', 20, { interval: [15, 25], ...from(0.6) }),
      result('agent_success_rate', 'successRate', 10, { interval: [6, 14], ...from(0.8, '2026-01-01T00:10:00Z') }),
    ]
    const { successRate } = computeCumulativeImprovement(kept)
    expect(successRate).toMatchObject({ improvement: 30, keptTrials: 2 })
    expect(successRate!.interval![0]).toBeLessThan(26)
    expect(successRate!.interval![1]).toBeLessThan(40)
    expect(computeCumulativeImprovement(kept.toReversed()).successRate).toEqual(successRate)
    const lucky = Array.from({ length: 4 }, () =>
      result('agent_success_rate', 'successRate', 18, { interval: [7, 29], ...from(0.64) }),
    )
    expect(computeCumulativeImprovement(lucky).successRate!.interval![1]).toBeLessThanOrEqual(36)
  })

  test('includes the harm of a change to the metrics other than its target', () => {
    const measured = (responseTimeP50: number, successRate: number): MeasuredMetrics => ({
      samples: 400,
      responseTimeP50,
      responseTimeMean: responseTimeP50 * 1.1,
      successRate,
      coordinationScore: null,
    })
    const metrics = { before: measured(1000, 0.6), after: measured(1100, 0.7) }
    const { responseTime, successRate } = computeCumulativeImprovement([
      result('agent_response_time', 'responseTime', 50, { interval: [45, 55] }),
      result('agent_success_rate', 'successRate', 9, { interval: [4, 14], metrics }),
    ])
    expect(responseTime).toMatchObject({ improvement: 45, keptTrials: 2 })
    expect(responseTime!.interval![0]).toBeLessThan(40)
    expect(successRate).toMatchObject({ improvement: 9, interval: [4, 14] })
  })
})
