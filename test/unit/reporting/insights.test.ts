import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildLearningReport as buildReport, type LearningInputs } from '../../../src/analysis/reporting/insights/index.ts'
import { comparePrediction } from '../../../src/analysis/reporting/results/index.ts'
import { computeKnobImportance } from '../../../src/analysis/statistics/knob-importance.ts'
import { fitLinearModel } from '../../../src/analysis/statistics/linear-regression.ts'
import type { FinishedTrial } from '../../../src/model/finished-trial.ts'
import type { Knob } from '../../../src/model/knob.ts'
import { builtInCatalogue, findBuiltInMetric } from '../../../src/model/metric.ts'
import { objectiveSchema } from '../../../src/model/objective.ts'
import { type OptimizationResult, toResultDigest } from '../../../src/model/result.ts'
import type { Strategy } from '../../../src/model/strategy.ts'
import { formatLearning } from '../../../src/terminal/format-learning.ts'
import { arbitraryKnobs, arbitraryTrial } from '../../support/arbitrary-knobs.ts'
import { knob, measured, trialRecord } from '../../support/profiles.ts'
import { planned, resultOf } from '../../support/trial-facts.ts'

const buildLearningReport = (inputs: Omit<LearningInputs, 'catalogue'>) => buildReport({ ...inputs, catalogue: builtInCatalogue })
const affects = (improves: 'increase' | 'decrease') => [{ metric: 'responseTime' as const, improves }]
const cache = knob({ type: 'int', name: 'cache', min: 0, max: 100, default: 0, purpose: 'caching', affects: affects('increase') })
const depth = knob({
  type: 'int',
  name: 'depth',
  min: 1,
  max: 9,
  default: 9,
  purpose: 'computation',
  affects: affects('decrease'),
})
const batching = knob({ type: 'bool', name: 'batching', default: false, purpose: 'protocol', affects: affects('increase') })
const knobs: Knob[] = [cache, depth, batching]

/** A trial that turned the cache from 0 and measured this. */
const cached = (to: number, improvement: number, interval: [number, number], agentId = 'hunter') =>
  trialRecord({ agentId, kind: 'hunter', changes: [{ knob: 'cache', from: 0, to }], improvement, interval })
const importanceOf = (name: string, trials: Parameters<typeof computeKnobImportance>[3]) =>
  computeKnobImportance('hunter', findBuiltInMetric('responseTime')!, knobs, trials).find((one) => one.knob === name)!

describe('the linear model', () => {
  test('without observations is its prior', () => {
    expect(fitLinearModel(2, 0.5, [])).toEqual(Array(2).fill({ mean: 0, standardDeviation: 0.5 }))
  })

  test('of one observation is the mean weighted by precision', () => {
    const [only] = fitLinearModel(1, 2, [{ x: [1], y: 3, variance: 4 }])
    expect(only!.mean).toBeCloseTo(3 / 2)
    expect(only!.standardDeviation ** 2).toBeCloseTo(1 / (1 / 4 + 1 / 4))
  })

  test('separates two effects as soon as the observations do', () => {
    const seen = (x: number[], y: number) => ({ x, y, variance: 1e-4 })
    const [a, b] = fitLinearModel(2, 10, [seen([1, 1], 5), seen([1, 0], 2)])
    expect(a!.mean).toBeCloseTo(2, 2)
    expect(b!.mean).toBeCloseTo(3, 2)
  })

  test('does not depend on the order of the observations', () => {
    const observation = fc.record({
      x: fc.array(fc.oneof(fc.constant(0), fc.double({ min: -1, max: 1, noNaN: true })), { minLength: 3, maxLength: 3 }),
      y: fc.double({ min: -2, max: 2, noNaN: true }),
      variance: fc.double({ min: 1e-3, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 12 }), (observations) => {
        const [forth, back] = [observations, observations.toReversed()].map((order) => fitLinearModel(3, 0.5, order))
        for (const [i, { mean, standardDeviation }] of forth!.entries()) {
          expect(mean).toBeCloseTo(back![i]!.mean, 6)
          expect(standardDeviation).toBeCloseTo(back![i]!.standardDeviation, 6)
          expect(standardDeviation).toBeLessThanOrEqual(0.5 + 1e-9)
        }
      }),
    )
  })
})

describe('the importance of a knob', () => {
  test('is shrunk: a lot after one noisy trial, hardly after several', () => {
    const one = importanceOf('cache', [cached(100, 40, [-20, 70])])
    const many = importanceOf(
      'cache',
      Array.from({ length: 8 }, () => cached(100, 40, [30, 48])),
    )
    expect(one.effect).toBeGreaterThan(0)
    expect(one.effect).toBeLessThan(35)
    expect(many.effect).toBeGreaterThan(37)
    expect(many.interval[1] - many.interval[0]).toBeLessThan(one.interval[1] - one.interval[0])
    expect(one.certainty).toBeLessThan(many.certainty)
    expect(many.certainty).toBeGreaterThan(0.99)
    expect(importanceOf('depth', []).certainty).toBe(0.5)
  })

  test('is for the whole range, after half of it was turned', () => {
    const half = importanceOf(
      'cache',
      Array.from({ length: 8 }, () => cached(50, 20, [17, 23])),
    )
    expect(half.effect).toBeGreaterThan(30)
    expect(half.effect).toBeLessThan(40)
  })

  test('is more certain after trials on the agent itself than after those on others of its kind', () => {
    const own = importanceOf('cache', [cached(100, 40, [35, 45])])
    const others = importanceOf('cache', [cached(100, 40, [35, 45], 'other')])
    expect(own.trials).toEqual({ own: 1, ofKind: 0 })
    expect(others.trials).toEqual({ own: 0, ofKind: 1 })
    expect(others.coefficient.standardDeviation).toBeGreaterThan(own.coefficient.standardDeviation)
  })

  test('is uncertain if knobs were only ever turned together', () => {
    const together = trialRecord({
      agentId: 'hunter',
      changes: [
        { knob: 'cache', from: 0, to: 100 },
        { knob: 'batching', from: false, to: true },
      ],
      improvement: 40,
      interval: [38, 42],
    })
    const [cacheKnown, batchingKnown] = ['cache', 'batching'].map((name) => importanceOf(name, [together]))
    expect(cacheKnown!.coefficient.mean).toBeCloseTo(batchingKnown!.coefficient.mean)
    expect(cacheKnown!.coefficient.standardDeviation).toBeGreaterThan(0.3)
  })
})

const listed = { trials: { shown: 6, total: 6 } }

const agents = (current: Record<string, number | boolean>) => [{ agentId: 'hunter', kind: 'hunter', knobs, current }]

test('an agent whose data cannot be processed is named, and its trials and itself are left out for the others', () => {
  const current = { cache: 30, depth: 9, batching: false }
  const fleet = ['hunter', 'broken'].map((agentId) => ({ agentId, kind: 'hunter', knobs, current }))
  const sound = cached(30, 20, [16, 24])
  const learn = (experience: FinishedTrial[]) => buildLearningReport({ results: [], listed, experience, agents: fleet })
  const { agents, unusable } = learn([sound, { ...sound, agentId: 'broken', changes: null } as unknown as FinishedTrial])
  expect(unusable).toEqual([{ agentId: 'broken', reason: expect.stringMatching(/./) }])
  expect(agents).toEqual([learn([sound]).agents[0]])
})

describe('the knobs worth trying', () => {
  test('are those never tried, and those that are predicted to gain more in the same direction', () => {
    const experience = Array.from({ length: 6 }, () => cached(30, 20, [16, 24]))
    const current = { cache: 30, depth: 9, batching: false }
    const [hunter] = buildLearningReport({ results: [], listed, experience, agents: agents(current) }).agents
    expect(hunter!.worthTrying).toMatchObject([
      { knob: 'cache', direction: 'up', gain: expect.any(Number), why: expect.stringContaining('70% of its range is left') },
      { knob: 'depth', direction: 'down', gain: null, why: 'never tried; declared to help in this direction' },
      { knob: 'batching', direction: 'up', gain: null },
    ])
    expect(Object.keys(hunter!.importance)).toEqual(['responseTime'])
    expect(hunter!.importance.responseTime).toMatchObject([{ knob: 'cache', trials: { own: 6 } }])
  })

  test('say that a knob was tried for another metric, rather than never', () => {
    const forCost = trialRecord({
      agentId: 'hunter',
      kind: 'hunter',
      metric: 'costUsd',
      changes: [{ knob: 'depth', from: 9, to: 5 }],
      improvement: 0,
      interval: [-40, 40],
    })
    const current = { cache: 0, depth: 9, batching: false }
    const [hunter] = buildLearningReport({ results: [], listed, experience: [forCost], agents: agents(current) }).agents
    expect(hunter!.worthTrying.map(({ knob, trials, why }) => [knob, trials, why])).toEqual([
      ['cache', 0, 'never tried; declared to help in this direction'],
      ['depth', 1, 'tried for cost, but not yet for response time; declared to help in this direction'],
      ['batching', 0, 'never tried; declared to help in this direction'],
    ])
  })

  test('are none if a proven knob is at its end and the others had no effect', () => {
    const nothing = (name: string, from: number | boolean, to: number | boolean) =>
      trialRecord({ kind: 'hunter', agentId: 'hunter', changes: [{ knob: name, from, to }], improvement: 0, interval: [-1, 1] })
    const experience = [cached(100, 40, [38, 42]), nothing('depth', 9, 1), nothing('batching', false, true)]
    const current = { cache: 100, depth: 9, batching: false }
    expect(buildLearningReport({ results: [], listed, experience, agents: agents(current) }).agents[0]!.worthTrying).toEqual([])
  })
})

describe('a change that a guardrail rolled back', () => {
  const current = { cache: 30, depth: 9, batching: false }
  const worthTrying = (...experience: FinishedTrial[]) =>
    buildLearningReport({ results: [], listed, experience, agents: agents(current) }).agents[0]!.worthTrying
  const proven = Array.from({ length: 6 }, () => cached(30, 20, [16, 24]))
  const harmful = (agentId = 'hunter', known: Partial<FinishedTrial> = {}) => ({
    ...cached(60, 31, [25, 36], agentId),
    verdict: 'roll-back' as const,
    ...known,
  })

  test('is not worth trying again on the same agent, however much it helped its target', () => {
    expect(worthTrying(...proven).map(({ knob }) => knob)).toContain('cache')
    expect(worthTrying(...proven, harmful()).map(({ knob }) => knob)).toEqual(['depth', 'batching'])
  })

  test('is mentioned if it happened on another agent, or together with another knob', () => {
    expect(worthTrying(...proven, harmful('other'))[0]!.why).toMatch(/its range is left; but on other it was rolled back$/)
    const changes = [...harmful().changes, { knob: 'batching', from: false, to: true }]
    const [cacheUp] = worthTrying(...proven, harmful('hunter', { changes }))
    expect(cacheUp!.why).toMatch(/; but on hunter it was rolled back, together with batching$/)
  })

  test('counts for every target, but only in the same direction', () => {
    const forSuccess = harmful('hunter', { metric: 'successRate', changes: [{ knob: 'depth', from: 9, to: 5 }] })
    expect(worthTrying(...proven, forSuccess).map(({ knob }) => knob)).toEqual(['cache', 'batching'])
    const otherWay = harmful('hunter', { changes: [{ knob: 'cache', from: 60, to: 30 }], improvement: -1, interval: [-2, 0] })
    expect(worthTrying(...proven, otherWay)[0]).toMatchObject({ knob: 'cache', direction: 'up' })
  })

  test('counts if the trial was undecided or stopped, but broke a bound of the objective', () => {
    const accuracy = (mean: number) => measured({ reported: { accuracy: { mean, standardError: 0.01, samples: 50 } } })
    const broke = (after: number) =>
      harmful('hunter', {
        verdict: 'undecided',
        objective: objectiveSchema.parse({ minimize: 'responseTime', subjectTo: [{ metric: 'accuracy', min: 0.9 }] }),
        metrics: { before: accuracy(0.95), after: accuracy(after) },
      })
    expect(worthTrying(...proven, broke(0.8)).map(({ knob }) => knob)).toEqual(['depth', 'batching'])
    expect(worthTrying(...proven, broke(0.94)).map(({ knob }) => knob)).toContain('cache')
  })

  test('does not count if a person ended the trial', () => {
    expect(worthTrying(...proven, harmful('hunter', { unjudged: true }))[0]).toMatchObject({ knob: 'cache' })
  })
})

describe('success and calibration', () => {
  const result = (known: Partial<OptimizationResult>, strategy: Partial<Strategy> = {}) => {
    const written = resultOf(planned(), known)
    const told = { ...written.strategy, ...strategy }
    return { ...written, strategy: told, promised: comparePrediction(told, written.actualImprovement) }
  }
  const reportOf = (results: OptimizationResult[]) =>
    buildLearningReport({ results: results.map(toResultDigest), listed, experience: [], agents: [] })

  test('count each type, without trials that proved nothing', () => {
    const results = [
      result({ actualImprovement: 20 }),
      result({ actualImprovement: 10 }),
      result({ verdict: 'roll-back', actualImprovement: -5 }),
      result({ verdict: 'undecided', actualImprovement: 1 }),
      result({ verdict: 'undecided', judged: false }),
    ]
    expect(reportOf(results).successes).toEqual([
      {
        type: 'agent_response_time',
        trials: 4,
        proven: 2,
        rolledBack: 1,
        undecided: 1,
        successRate: 0.5,
        improvement: 15,
        unit: 'percent',
        documented: [0.85, 0.95],
      },
    ])
  })

  test('stand beside the ranges of the documents, with the share of kept changes that hold', () => {
    const results = [
      result({ actualImprovement: 20 }),
      result({ actualImprovement: 20, undone: { at: '2030-01-01T00:00:00Z', reason: 'slower since', harmful: true } }),
      result({ verdict: 'undecided', actualImprovement: 1 }, { type: 'cost' }),
    ]
    const report = reportOf(results)
    expect(report.overall).toEqual({ trials: 3, proven: 1, successRate: 0.333, documented: [0.8, 0.9], kept: 2, held: 1 })
    const text = stripVTControlCharacters(formatLearning(report))
    expect(text).toContain('85–95%')
    expect(text).toContain(
      '1 of 3 trials proven (33%; typical success rate: 80–90%). Of 2 kept changes, 1 showed no later harm (50%).',
    )
  })

  test('compare predictions with measurements, and count those within the interval', () => {
    const results = [
      result({ actualImprovement: 12.5 }, { expectedInterval: [5, 20] }),
      result({ actualImprovement: 2.5 }, { expectedInterval: [5, 20] }),
      result({ actualImprovement: 30 }, { expectedInterval: [-5, 40] }),
      result({ actualImprovement: null }, { expectedInterval: [5, 20] }),
      result({ actualImprovement: 30, judged: false }, { expectedInterval: [5, 20] }),
      result({ actualImprovement: 12.5 }, { type: 'operator_request' }),
    ]
    const counted = { trials: 3, predicted: 17.5, measured: 15, unit: 'percent', within: 2 }
    expect(reportOf(results).predictions).toEqual([
      { type: 'all', ...counted },
      { type: 'agent_response_time', ...counted },
    ])
    expect(reportOf([]).predictions).toEqual([])
  })

  test('a mean of improvements in percent and in points has neither unit', () => {
    const rate = { type: 'agent_success_rate', targetMetric: 'successRate' } as const
    const results = [
      result({ actualImprovement: 20 }, { expectedInterval: [5, 20] }),
      result({ actualImprovement: 4 }, { ...rate, expectedInterval: [1, 6] }),
    ]
    expect(reportOf(results).predictions.map(({ type, unit }) => [type, unit])).toEqual([
      ['all', null],
      ['agent_response_time', 'percent'],
      ['agent_success_rate', 'points'],
    ])
  })
})

test('whatever trials are on record, every figure in the report is a number', () => {
  const world = arbitraryKnobs.chain((some) => fc.tuple(fc.constant(some), fc.array(arbitraryTrial(some), { maxLength: 15 })))
  fc.assert(
    fc.property(world, ([some, experience]) => {
      const agent = { agentId: 'market-hunter', kind: 'market-hunter', knobs: some, current: {} }
      const report = buildLearningReport({ results: [], listed, experience, agents: [agent] })
      const figures: number[] = []
      JSON.stringify(report, (_, value) => {
        if (typeof value === 'number') figures.push(value)
        return value
      })
      expect(figures.filter((figure) => !Number.isFinite(figure))).toEqual([])
    }),
  )
})
