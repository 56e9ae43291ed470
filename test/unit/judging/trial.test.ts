import { describe, expect, test } from 'vitest'
import { type ArmObservations, createTrialJudge, createUsualGoal } from '../../../src/analysis/judging/index.ts'
import type { Judgement } from '../../../src/model/trial.ts'
import { type Behaviour, outcomes, requests } from './arms.ts'

const HISTORY_MS = 300_000
const TRIAL_MS = 120_000
/** Independent times of usual spread. */
const plain: Partial<Behaviour> = { rho: 0, sigma: 0.4, outliers: 0 }

interface Conduct extends Partial<Behaviour> {
  success?: number
  agreed?: number
  until?: number
}

function observe(seed: number, instances: string[], from: number, to: number, conduct: Conduct): ArmObservations {
  const { success = 0.95, agreed = 0.8, until = to, ...behaviour } = conduct
  const arms = instances.map((instance, i) => {
    const times = requests(seed * 100 + i, instance, from, Math.min(to, until), { ...plain, ...behaviour })
    const ends = outcomes(seed * 100 + 10 + i, instance, from, from + 1_000 * 2 * times.length, success)
    const negotiations = outcomes(seed * 100 + 20 + i, instance, from, Math.min(to, until), agreed)
    return {
      executions: times.map(({ at, value }, n) => ({ at, instance, durationMs: value, success: ends[n]?.value !== 0 })),
      negotiations: negotiations.map(({ at, value }) => ({ at, instance, agreed: value === 1 })),
    }
  })
  return { executions: arms.flatMap((arm) => arm.executions), negotiations: arms.flatMap((arm) => arm.negotiations) }
}

function run(seed: number, change: Conduct, usual: Conduct = {}): Judgement {
  const arms = (from: number, to: number, salt: number, candidate: Conduct) => ({
    control: observe(seed * 4 + salt, ['b', 'c'], from, to, usual),
    candidate: observe(seed * 4 + salt + 1, ['a'], from, to, { ...usual, ...candidate }),
  })
  const history = arms(-HISTORY_MS, 0, 0, {})
  const all = arms(0, TRIAL_MS, 2, change)
  const judge = createTrialJudge({ goal: createUsualGoal('responseTime'), design: 'concurrent', history, maxSamples: 100 })
  for (let now = 4_000; ; now += 4_000) {
    const soFar = ({ executions, negotiations }: ArmObservations) => ({
      executions: executions.filter(({ at }) => at <= now),
      negotiations: negotiations.filter(({ at }) => at <= now),
    })
    const arms = { control: soFar(all.control), candidate: soFar(all.candidate) }
    const judgement = judge.look(arms, { final: now >= TRIAL_MS })
    if (judgement.decision !== 'continue') return judgement
  }
}
const runs = (times: number, change: Conduct, usual?: Conduct) =>
  Array.from({ length: times }, (_, seed) => run(seed, change, usual))
const shareOf = (judgements: Judgement[], decision: Judgement['decision']) =>
  judgements.filter((judgement) => judgement.decision === decision).length / judgements.length

describe('judging a trial', () => {
  test('a harmless change is rarely rolled back over target and guardrails together, and hardly ever kept', () => {
    const judgements = runs(40, {})
    expect(shareOf(judgements, 'roll-back')).toBeLessThan(0.125)
    expect(shareOf(judgements, 'keep')).toBeLessThan(0.08)
  })

  test('a third less time is kept, with the correct percentage', () => {
    const judgements = runs(40, { medianMs: 540 })
    const kept = judgements.filter(({ decision }) => decision === 'keep')
    expect(kept.length).toBeGreaterThan(32)
    for (const { interval, improvement, reason, code } of kept) {
      expect(code).toBe('better')
      expect(interval![0]).toBeGreaterThan(0)
      expect(improvement).toBeGreaterThan(interval![0])
      expect(improvement).toBeLessThan(interval![1])
      expect(reason).toContain('response time')
    }
  })

  test('a faster candidate that agrees less often is rolled back, and the reason names the harmed metric', () => {
    const judgements = runs(20, { medianMs: 540, agreed: 0.4 })
    expect(shareOf(judgements, 'keep')).toBe(0)
    expect(
      judgements.filter(({ code, reason }) => code === 'guardrail' && reason.includes('coordination')).length,
    ).toBeGreaterThan(15)
  })

  test('a candidate that falls silent while the control works is rolled back', () => {
    for (const judgement of runs(10, { until: 30_000 })) {
      expect(judgement).toMatchObject({ decision: 'roll-back', code: 'silent' })
    }
  })

  test('a candidate that never reports is rolled back', () => {
    for (const judgement of runs(5, { until: 0 })) expect(judgement.decision).toBe('roll-back')
  })

  test('two silent arms are undecided', () => {
    const nothing: ArmObservations = { executions: [], negotiations: [] }
    const history = { control: observe(1, ['b'], -HISTORY_MS, 0, {}), candidate: observe(2, ['a'], -HISTORY_MS, 0, {}) }
    const judge = createTrialJudge({ goal: createUsualGoal('successRate'), design: 'concurrent', history, maxSamples: 100 })
    expect(judge.look({ control: nothing, candidate: nothing }, { final: true })).toMatchObject({
      decision: 'undecided',
      improvement: null,
      interval: null,
      samples: { control: 0, candidate: 0 },
    })
  })
})

/** Improvement of the median that a change really is, found from many requests. */
function truth(usual: Conduct, change: Conduct): number {
  const median = (conduct: Conduct) => {
    const values = requests(77, 'x', 0, 40_000_000, { ...plain, ...usual, ...conduct }).map((sample) => sample.value)
    return values.sort((a, b) => a - b)[values.length >> 1]!
  }
  return 100 * (1 - median(change) / median({}))
}

test('the effect on each guardrail is seen as well, in points of a share', () => {
  const arms = (seed: number, from: number, to: number, agreed: number) => ({
    control: observe(seed, ['b', 'c'], from, to, {}),
    candidate: observe(seed + 1, ['a', 'd'], from, to, { agreed }),
  })
  const goal = createUsualGoal('responseTime')
  const judge = createTrialJudge({ goal, design: 'concurrent', history: arms(1, -HISTORY_MS, 0, 0.8), maxSamples: 100 })
  const looks = judge.lookAtGuards(arms(3, 0, TRIAL_MS, 0.3), { final: false })
  expect(looks.map(({ metric }) => metric)).toEqual(goal.guards.map(({ metric }) => metric.metric))
  const coordination = looks.find(({ metric }) => metric === 'coordinationScore')!
  expect(coordination.interval![1]).toBeLessThan(-20)
  expect(coordination.improvement).toBeGreaterThan(-70)
  const success = looks.find(({ metric }) => metric === 'successRate')!
  expect(success.interval![0]).toBeLessThan(0)
  expect(success.interval![1]).toBeGreaterThan(0)
})

describe('the interval of an improvement', () => {
  test.each<[string, Conduct, Conduct]>([
    ['lognormal times, a fifth less', {}, { medianMs: 640 }],
    ['autocorrelated times, no change', { rho: 0.5 }, {}],
    ['half of the requests from a cache, all a third faster', { hits: 0.5 }, { medianMs: 540 }],
    ['a cache hit by 50% that comes to 75%', { hits: 0.5 }, { hits: 0.75 }],
    ['a cache hit by 30% that comes to 60%', { hits: 0.3 }, { hits: 0.6 }],
  ])('holds the true ratio of medians when the trial ends: %s', (_, usual, change) => {
    const times = 50
    const improvement = truth(usual, change)
    const given = runs(times, change, usual).flatMap(({ interval }) => (interval ? [interval] : []))
    expect(given.length).toBeGreaterThan(0.8 * times)
    const held = given.filter(([low, high]) => low <= improvement && improvement <= high).length / given.length
    // 95 % are promised; the bound leaves room for chance (two standard deviations).
    expect(held).toBeGreaterThan(0.88)
  })
})
