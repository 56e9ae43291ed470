import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { detectBottlenecks } from '../../../src/analysis/observing/detection.ts'
import { defaultThresholds } from '../../../src/model/thresholds.ts'
import { agentProfile, scenario, snapshot } from '../../support/profiles.ts'

const detect = (...args: Parameters<typeof snapshot>) => detectBottlenecks(snapshot(...args), defaultThresholds)

describe("document 000's own examples", () => {
  test('a response time of 2500 ms is a high-severity bottleneck with impact 25.0', () => {
    expect(detect([agentProfile('market-hunter', { responseTime: 2500 })])).toEqual([
      {
        type: 'agent_response_time',
        severity: 'high',
        affectedComponent: 'market-hunter',
        description: 'market-hunter response time is 2500ms (threshold: 2000ms)',
        impact: 25.0,
        suggestedFix: 'Optimize decision-making algorithms or increase processing resources',
      },
    ])
  })

  test('a success rate of 45% is a critical bottleneck with impact 25.0', () => {
    expect(detect([agentProfile('strategic-orchestrator', { successRate: 0.45 })])).toEqual([
      {
        type: 'agent_success_rate',
        severity: 'critical',
        affectedComponent: 'strategic-orchestrator',
        description: 'strategic-orchestrator success rate is 45% (target: 70%+)',
        impact: 25.0,
        suggestedFix: 'Review decision logic, improve training data',
      },
    ])
  })

  test('a coordination score of 55% is a medium-severity bottleneck with impact 5.0', () => {
    expect(detect([agentProfile('market-hunter', { coordinationScore: 0.55 })])).toEqual([
      {
        type: 'coordination_efficiency',
        severity: 'medium',
        affectedComponent: 'market-hunter',
        description: 'market-hunter coordination score is 55%',
        impact: 5.0,
        suggestedFix: 'Improve inter-agent communication protocols',
      },
    ])
  })

  test('an overall score of 58% is a critical bottleneck of the system with impact 17.0', () => {
    expect(detect([], { overallScore: 0.58 })).toEqual([
      {
        type: 'system_performance',
        severity: 'critical',
        affectedComponent: 'system',
        description: 'Overall system performance is 58% (target: 75%+)',
        impact: 17.0,
        suggestedFix: 'Comprehensive system optimization needed',
      },
    ])
  })

  test('the scenario has three bottlenecks with impacts 40.0, 8.0 and 6.0', () => {
    const found = detectBottlenecks(scenario(), defaultThresholds)
    expect(found.map(({ affectedComponent, severity, impact }) => [affectedComponent, severity, impact])).toEqual([
      ['market-hunter', 'high', 40.0],
      ['market-hunter', 'medium', 8.0],
      ['market-hunter', 'medium', 6.0],
    ])
  })
})

test('an overall score between 60% and 75% is a high-severity bottleneck', () => {
  expect(detect([], { overallScore: 0.6 })).toMatchObject([{ severity: 'high', impact: 15.0 }])
})

test('values exactly at their threshold are no bottlenecks, whatever binary noise they carry', () => {
  const atThreshold = { responseTime: 2000 + 1e-10, successRate: 0.7 - 1e-12, coordinationScore: 0.1 + 0.5 - 1e-12 }
  expect(detect([agentProfile('a', atThreshold)], { overallScore: 0.75 })).toEqual([])
})

test('a metric that nobody reported is a gap, not a bottleneck', () => {
  const gaps = { responseTime: null, successRate: null, coordinationScore: Number.NaN }
  expect(detect([agentProfile('a', gaps)], { overallScore: null })).toEqual([])
})

test('every threshold is configurable', () => {
  const strict = { ...defaultThresholds, responseTimeMs: 500, successRate: 0.9, successRateCritical: 0.87 }
  expect(detectBottlenecks(snapshot([agentProfile('a')]), strict)).toMatchObject([
    { description: 'a response time is 900ms (threshold: 500ms)', impact: 80.0 },
    { description: 'a success rate is 85% (target: 90%+)', severity: 'critical', impact: 5.0 },
  ])
})

test('impacts are finite, not negative and have one decimal for any reported value', () => {
  const ratio = fc.double({ min: 0, max: 1, noNaN: true })
  const reported = fc.record({
    responseTime: fc.double({ min: 0, max: 1e7, noNaN: true }),
    successRate: ratio,
    coordinationScore: ratio,
  })
  fc.assert(
    fc.property(reported, (metrics) => {
      for (const { impact } of detect([agentProfile('a', metrics)])) {
        expect(impact).toBeGreaterThanOrEqual(0)
        expect(impact).toBe(Number(impact.toFixed(1)))
      }
    }),
  )
})
