import { describe, expect, test } from 'vitest'
import { findFloorViolation, listFloorMetrics } from '../../../src/analysis/eligibility/index.ts'
import { listAwaitedScores, toTrialMetric } from '../../../src/analysis/judging/index.ts'
import { measureArms } from '../../../src/analysis/reporting/results/measured-arms.ts'
import { compareArms } from '../../../src/analysis/reporting/results/outcome.ts'
import { requireFloorScores } from '../../../src/analysis/trials/late-floors.ts'
import { excludeWarmUp } from '../../../src/analysis/trials/warm-up.ts'
import { limitsSchema } from '../../../src/model/limits.ts'
import { findBuiltInMetric } from '../../../src/model/metric.ts'
import type { MeasuredMetrics } from '../../../src/model/result.ts'
import type { Judgement } from '../../../src/model/trial.ts'

const hunter = { agentId: 'hunter', kind: 'market-hunter' }
const figures = (known: Partial<MeasuredMetrics>): MeasuredMetrics => ({
  samples: 100,
  responseTimeP50: 100,
  responseTimeMean: 110,
  successRate: 0.9,
  coordinationScore: null,
  ...known,
})
const floor = (rule: object, before: Partial<MeasuredMetrics>, after: Partial<MeasuredMetrics>) =>
  findFloorViolation(limitsSchema.parse({ floors: [rule] }), hunter, { before: figures(before), after: figures(after) })

describe('a floor', () => {
  test('forbids keeping a change that takes an agent below it', () => {
    expect(floor({ successRate: 0.8 }, {}, { successRate: 0.79 })).toBe(
      'with the change, the success rate of hunter was 0.79; the floor is 0.8',
    )
    expect(floor({ successRate: 0.8 }, {}, { successRate: 0.8 })).toBeUndefined()
  })

  test('allows an agent that is already below it to be improved, but not made worse', () => {
    expect(floor({ successRate: 0.8 }, { successRate: 0.5 }, { successRate: 0.6 })).toBeUndefined()
    expect(floor({ successRate: 0.8 }, { successRate: 0.5 }, { successRate: 0.49 })).toBeDefined()
  })

  test('is an upper limit for times', () => {
    expect(floor({ responseTimeMs: 200 }, {}, { responseTimeP50: 201 })).toContain('median response time')
    expect(floor({ responseTimeMs: 200 }, { responseTimeP50: 400 }, { responseTimeP50: 300 })).toBeUndefined()
  })

  test('is violated by a figure that only the candidates fail to report', () => {
    expect(floor({ coordinationScore: 0.5 }, { coordinationScore: 0.6 }, {})).toContain('not reported')
    expect(floor({ coordinationScore: 0.5 }, {}, {})).toBeUndefined()
    expect(floor({ coordinationScore: 0.5 }, {}, { coordinationScore: 0.4 })).toBeDefined()
  })

  test('is violated by a figure that was measured before the trial and that nobody reports since', () => {
    const limits = limitsSchema.parse({ floors: [{ metric: 'qualityScore', min: 0.8 }] })
    const arms = { before: figures({}), after: figures({}) }
    expect(findFloorViolation(limits, hunter, arms)).toBeUndefined()
    const reported = { qualityScore: { mean: 0.9, standardError: 0.01, samples: 50 } }
    const measured = compareArms(figures({ reported }), arms)
    expect(measured.stopped).toEqual(['qualityScore'])
    expect(findFloorViolation(limits, hunter, measured)).toContain('not reported')
    expect(compareArms(figures({ reported }), { before: figures({ reported }), after: figures({}) }).stopped).toBeUndefined()
  })

  test('applies to the agents it names', () => {
    expect(floor({ agent: 'other', successRate: 0.8 }, {}, { successRate: 0 })).toBeUndefined()
    expect(floor({ kind: 'market-hunter', successRate: 0.8 }, {}, { successRate: 0 })).toBeDefined()
  })

  test('may be on any metric that executions report', () => {
    const quality = (mean: number) => ({ reported: { qualityScore: { mean, standardError: 0.01, samples: 50 } } })
    const rule = { metric: 'qualityScore', min: 0.8 }
    expect(floor(rule, quality(0.85), quality(0.79))).toBe(
      'with the change, the quality score of hunter was 0.79; the floor is at least 80%',
    )
    expect(floor(rule, quality(0.85), quality(0.81))).toBeUndefined()
    expect(floor(rule, quality(0.7), quality(0.75))).toBeUndefined()
    expect(floor(rule, quality(0.85), {})).toContain('not reported')
    expect(floor({ metric: 'responseTime', max: 200 }, { responseTimeP50: 150 }, { responseTimeP50: 250 })).toBeDefined()
  })

  test('on a metric needs a limit, and a limit needs a metric', () => {
    const parse = (rule: object) => limitsSchema.safeParse({ floors: [rule] }).success
    expect([{ metric: 'qualityScore' }, { min: 0.8 }, { metric: 'costUsd', min: 2, max: 1 }].map(parse)).toEqual([
      false,
      false,
      false,
    ])
    expect(parse({ metric: 'costUsd', max: 1 })).toBe(true)
  })
})

describe('a floor on scores that come late', () => {
  const limits = limitsSchema.parse({
    floors: [{ successRate: 0.6 }, { metric: 'qualityScore', min: 0.8 }, { kind: 'other', metric: 'costUsd', max: 1 }],
  })
  const proven: Judgement = {
    decision: 'keep',
    code: 'better',
    metric: 'responseTime',
    design: 'concurrent',
    improvement: 20,
    interval: [10, 30],
    samples: { control: 90, candidate: 90 },
    reason: 'response time is better',
  }
  /** One execution a second with the change, of which the first ones are scored. */
  const decide = ({ seconds, scored, final = false }: { seconds: number; scored: number; final?: boolean }) => {
    const executions = Array.from({ length: seconds }, (_, second) => ({
      at: 1_000 * second,
      instance: 'a',
      durationMs: 500,
      success: true,
      metrics: second < scored ? { qualityScore: 0.9 } : null,
    }))
    const metrics = listFloorMetrics(limits, hunter).map((name) => toTrialMetric(findBuiltInMetric(name)!))
    const awaited = listAwaitedScores(metrics, { executions, negotiations: [] }, 60_000)
    return requireFloorScores(proven, awaited, { executions: seconds, final }).decision
  }

  test('is waited for before a proven change is kept, and leaves it undecided at the end of the trial', () => {
    expect(decide({ seconds: 90, scored: 0 })).toBe('continue')
    expect(decide({ seconds: 90, scored: 0, final: true })).toBe('undecided')
    expect(decide({ seconds: 90, scored: 30 })).toBe('keep')
  })

  test('does not wait for scores that are overdue', () => {
    expect(decide({ seconds: 150, scored: 0 })).toBe('keep')
  })
})

test('a floor is about what was judged, not about the warm-up before it', () => {
  const limits = limitsSchema.parse({ floors: [{ metric: 'costUsd', max: 0.004 }] })
  const arm = (instance: string, costAt: (index: number) => number) => ({
    executions: Array.from({ length: 280 }, (_, index) => ({
      at: 1_000 * (index + 1),
      instance,
      durationMs: 500,
      success: true,
      metrics: { costUsd: costAt(index) },
    })),
    negotiations: [],
  })
  const violationOf = (coldExecutions: number) => {
    const arms = { control: arm('b', () => 0.0045), candidate: arm('a', (index) => (index < coldExecutions ? 0.006 : 0.002)) }
    const compared = { design: 'concurrent' as const, candidates: ['a'], starts: [0] }
    const warmed = excludeWarmUp(arms, { samples: 200, seconds: 0 }, compared)
    return findFloorViolation(
      limits,
      hunter,
      measureArms(arms, warmed, { past: figures({}), declared: [], suspensions: [], since: 0 }),
    )
  }
  expect(violationOf(200)).toBeUndefined()
  expect(violationOf(280)).toContain('the floor is at most 0.004')
})
