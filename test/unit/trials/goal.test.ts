import { describe, expect, test } from 'vitest'
import { type ArmObservations, createTrialJudge, listAwaitedScores } from '../../../src/analysis/judging/index.ts'
import { createSeededRandom } from '../../../src/analysis/statistics/random.ts'
import { buildTrialGoal } from '../../../src/analysis/trials/goal.ts'
import type { MetricName } from '../../../src/model/metric.ts'
import { type ObjectiveInput, objectiveSchema } from '../../../src/model/objective.ts'
import type { TrialDesign } from '../../../src/model/trial.ts'

const { uniform } = createSeededRandom('goals')
const between = (low: number, high: number) => low + (high - low) * uniform()

/** How an arm works: one execution a second of each instance. */
interface Conduct {
  ms?: () => number
  costUsd?: number
  /** Undefined if it is not reported. */
  quality?: (at: number) => number | undefined
}
const usual: Required<Conduct> = { ms: () => between(500, 900), costUsd: 0.01, quality: () => between(0.85, 0.95) }

function observe(instances: string[], from: number, to: number, conduct: Conduct): ArmObservations {
  const { ms, costUsd, quality } = { ...usual, ...conduct }
  const executions = []
  for (let second = from; second < to; second++)
    for (const instance of instances) {
      const qualityScore = quality(second)
      const metrics = { costUsd: costUsd * between(0.8, 1.2), ...(qualityScore !== undefined && { qualityScore }) }
      executions.push({ at: 1_000 * second, instance, durationMs: ms(), success: true, metrics })
    }
  return { executions, negotiations: [] }
}

/** The verdict on a change after two minutes, by looks every five seconds. */
function judge(
  objective: ObjectiveInput,
  {
    change,
    before = {},
    design = 'concurrent',
    scoreDelayMs = 0,
  }: { change: Conduct; before?: Conduct; design?: TrialDesign; scoreDelayMs?: number },
) {
  const goal = buildTrialGoal({ targetMetric: 'costUsd', objective: objectiveSchema.parse(objective) })
  const history = { control: observe(['b', 'c'], -300, -100, before), candidate: observe(['a'], -300, -100, before) }
  if (design === 'before-after') history.control = history.candidate
  const past = observe(['a'], -100, 0, before)
  const control = design === 'concurrent' ? observe(['b', 'c'], 0, 120, before) : past
  const candidate = observe(['a'], 0, 120, { costUsd: 0.005, ...before, ...change })
  const trialJudge = createTrialJudge({ goal, design, history, maxSamples: 100, scoreDelayMs })
  for (let second = 5; ; second += 5) {
    const until = (arm: ArmObservations) => ({ ...arm, executions: arm.executions.filter(({ at }) => at < 1_000 * second) })
    const judgement = trialJudge.look({ control: until(control), candidate: until(candidate) }, { final: second >= 120 })
    if (judgement.decision !== 'continue') return judgement
  }
}

const cheaper: ObjectiveInput = { minimize: 'costUsd', subjectTo: [{ metric: 'qualityScore', min: 0.8 }] }

test('a bound on the target itself is a guardrail too', () => {
  const objective = objectiveSchema.parse({
    minimize: 'responseTime',
    subjectTo: [{ metric: 'responseTime', quantile: 0.95, max: 3_000 }],
  })
  const guardsOf = (targetMetric: MetricName) =>
    buildTrialGoal({ targetMetric, objective }).guards.map(({ metric, bounds }) => [metric.metric, bounds.length])
  expect(guardsOf('responseTime')).toEqual([
    ['successRate', 0],
    ['responseTime', 1],
  ])
})

test('scores that usually come late are told from those that are missing', () => {
  const { target, guards } = buildTrialGoal({ targetMetric: 'costUsd', objective: objectiveSchema.parse(cheaper) })
  const metrics = [target, ...guards.map(({ metric }) => metric)]
  const late = observe(['a'], 0, 60, { quality: (at) => (at >= 30 ? undefined : usual.quality(at)) })
  const awaited = { metric: 'qualityScore', label: 'quality score', known: 30 }
  expect(listAwaitedScores(metrics, late, 10_000)).toEqual([{ ...awaited, waiting: 20 }])
  expect(listAwaitedScores(metrics, late, 60_000)).toEqual([{ ...awaited, waiting: 30 }])
  expect(listAwaitedScores([...metrics, ...metrics], late, 10_000)).toEqual([{ ...awaited, waiting: 20 }])
  expect(listAwaitedScores(metrics, late, 0)).toEqual([])
})

describe('a cheaper change', () => {
  test('within its bounds is kept', () => {
    expect(judge(cheaper, { change: {} })).toMatchObject({ decision: 'keep' })
    expect(judge(cheaper, { change: {}, design: 'before-after' })).toMatchObject({ decision: 'keep' })
  })

  test('of an agent beyond its bound by no more than is tolerated is rolled back soon if it is far beyond', () => {
    const seldom = (low: number, high: number) => ({ quality: () => (uniform() < 0.25 ? between(low, high) : undefined) })
    expect(judge(cheaper, { before: seldom(0.74, 0.84), change: seldom(0.55, 0.75) })).toMatchObject({
      decision: 'roll-back',
      reason: 'guardrail: quality score is not at least 80%',
    })
    expect(judge(cheaper, { before: seldom(0.74, 0.84), change: seldom(0.85, 0.95) })).toMatchObject({ decision: 'keep' })
  })

  test('that is slower by less than the objective tolerates is kept, and rolled back if by more', () => {
    const tolerant: ObjectiveInput = { minimize: 'costUsd', tolerate: { responseTime: 100 } }
    const slower = (factor: number) => ({ ms: () => factor * usual.ms() })
    for (const design of ['concurrent', 'before-after'] as const) {
      expect(judge(tolerant, { change: slower(1.5), design }), design).toMatchObject({ decision: 'keep' })
      expect(judge(tolerant, { change: slower(3), design }), design).toMatchObject({
        decision: 'roll-back',
        reason: 'guardrail: response time is worse',
      })
    }
    const strict: ObjectiveInput = { minimize: 'costUsd', tolerate: { responseTime: 10 } }
    expect(judge(strict, { change: slower(1.5) })).toMatchObject({ decision: 'roll-back' })
  })

  test('that stops reporting a metric with a bound is rolled back, however good it was until then', () => {
    const change = { quality: (at: number) => (at > 20 ? undefined : usual.quality(at)) }
    expect(judge(cheaper, { change })).toMatchObject({ decision: 'roll-back', reason: expect.stringContaining('silent') })
    expect(judge(cheaper, { change, design: 'before-after' })).toMatchObject({
      decision: 'undecided',
      reason: expect.stringContaining('too few executions with the change report quality score'),
    })
  })

  test('that reports a metric with a bound far less often than before is not kept', () => {
    const picky = { quality: () => (uniform() < 0.25 ? 0.95 : undefined) }
    expect(judge(cheaper, { change: picky }).decision).not.toBe('keep')
  })

  test('is not kept if a metric with a bound stops in both arms, however good it was until then', () => {
    const stopping = { quality: (at: number) => (at > 20 ? undefined : usual.quality(at)) }
    expect(judge(cheaper, { before: stopping, change: {} })).toMatchObject({
      decision: 'undecided',
      reason: expect.stringContaining('far fewer executions report quality score than before the change'),
    })
  })

  test('is not kept if a metric with a bound has stopped in both arms, even if most of its executions reported it', () => {
    const stopping = { quality: (at: number) => (at > 42 ? undefined : usual.quality(at)) }
    for (const design of ['concurrent', 'before-after'] as const)
      expect(judge(cheaper, { before: stopping, change: {}, design })).toMatchObject({ decision: 'undecided' })
  })

  test('is kept if only the scores of the newest executions are missing, as before the change', () => {
    const ends = [-100, 0, 120]
    const late = { quality: (at: number) => (ends.some((end) => at < end && at >= end - 70) ? undefined : usual.quality(at)) }
    expect(judge(cheaper, { before: late, change: {} })).toMatchObject({ decision: 'keep' })
  })

  test('is kept if the scores of its newest executions are late, although all are known of the past', () => {
    const late = { quality: (at: number) => (at > 42 ? undefined : usual.quality(at)) }
    expect(judge(cheaper, { before: late, change: {}, scoreDelayMs: 60_000 })).toMatchObject({ decision: 'keep' })
  })

  test('is not kept if nobody reports a metric that the objective names', () => {
    const silent = { quality: () => undefined }
    const tolerant: ObjectiveInput = { minimize: 'costUsd', tolerate: { qualityScore: 2 } }
    expect(judge(tolerant, { before: silent, change: {} })).toMatchObject({
      decision: 'undecided',
      reason: expect.stringContaining('quality score'),
    })
  })

  test('that is proven to break one bound is rolled back at once, even if another is still in doubt', () => {
    const objective: ObjectiveInput = {
      minimize: 'costUsd',
      subjectTo: [
        { metric: 'responseTime', quantile: 0.5, max: 1_000, tolerance: 0.001 },
        { metric: 'responseTime', quantile: 0.95, max: 3_000 },
      ],
    }
    const ms = () => (uniform() < 0.3 ? between(5_000, 7_000) : between(760, 1_076))
    expect(judge(objective, { change: { ms } })).toMatchObject({
      decision: 'roll-back',
      reason: 'guardrail: response time is not at most 3000 ms at the 95th percentile',
    })
  })

  describe('of an agent that is beyond a bound on a quantile', () => {
    const objective: ObjectiveInput = {
      minimize: 'costUsd',
      subjectTo: [{ metric: 'responseTime', quantile: 0.95, max: 3_000, tolerance: 0.2 }],
    }
    const slow = (high: number) => () => (uniform() < 0.15 ? between(0.8 * high, high) : between(500, 900))

    const countKept = (change: Conduct) =>
      Array.from({ length: 10 }, () => judge(objective, { before: { ms: slow(4_000) }, change })).filter(
        ({ decision }) => decision === 'keep',
      ).length

    test('is kept if it stays as it was', () => {
      expect(countKept({})).toBeGreaterThan(6)
    })

    test('is not kept if its slow executions take twice as long, however good the others are', () => {
      expect(countKept({ ms: slow(9_000) })).toBe(0)
    })
  })
})
