import { describe, expect, test } from 'vitest'
import { findFloorViolation } from '../../../src/analysis/eligibility/index.ts'
import { compareArms } from '../../../src/analysis/reporting/results/outcome.ts'
import { limitsSchema } from '../../../src/model/limits.ts'
import type { MeasuredMetrics } from '../../../src/model/result.ts'

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
