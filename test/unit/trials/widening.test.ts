import { describe, expect, test } from 'vitest'
import { type ArmObservations, createTrialJudge } from '../../../src/analysis/judging/index.ts'
import { computeProgress } from '../../../src/analysis/trials/duration.ts'
import { buildTrialGoal } from '../../../src/analysis/trials/goal.ts'
import {
  findScarcestMetric,
  hasEnoughWideningSamples,
  judgeWidening,
  lookAtWidening,
  selectJoiningInstances,
  WIDENING_SAMPLES,
  wideningTarget,
} from '../../../src/analysis/trials/widening.ts'
import { objectiveSchema } from '../../../src/model/objective.ts'
import type { Judgement } from '../../../src/model/trial.ts'
import { requests } from '../judging/arms.ts'

const names = (count: number) => Array.from({ length: count }, (_, i) => `a-${i}`)

describe('widening a proven change to half of the instances', () => {
  test.each([
    [1, 1, 0],
    [2, 1, 0],
    [3, 1, 1],
    [4, 1, 1],
    [6, 2, 1],
    [9, 3, 2],
    [10, 3, 2],
  ])('of %i instances with %i candidates, %i join', (count, candidates, joining) => {
    const all = names(count)
    const arms = { candidate: all.slice(0, candidates), control: all.slice(candidates) }
    const joined = selectJoiningInstances(arms, all)
    expect(joined).toEqual(arms.control.slice(0, joining))
  })

  test('only live instances count, and one always remains as the control', () => {
    const arms = { candidate: ['a'], control: ['b', 'c', 'd'] }
    expect(selectJoiningInstances(arms, ['a', 'c', 'd'])).toEqual(['c'])
    expect(selectJoiningInstances(arms, ['a', 'd'])).toEqual([])
    expect(selectJoiningInstances(arms, ['d'])).toEqual([])
    expect(selectJoiningInstances(arms, [])).toEqual([])
  })
})

describe('a look at half of the instances', () => {
  const judgement: Judgement = {
    decision: 'undecided',
    metric: 'responseTime',
    design: 'concurrent',
    improvement: 20,
    interval: [-5, 45],
    samples: { control: 30, candidate: 30 },
    reason: 'an effect of at least 5% on response time was not proven',
  }
  const measured = { name: 'response time', control: 30, candidate: 30 }

  test('continues without a second proof if the time is up and no harm was found', () => {
    expect(judgeWidening(judgement, measured)).toMatchObject({ decision: 'keep', reason: expect.stringMatching(/^on half/) })
  })

  test('does not continue if nothing was measured: missing data is never a pass', () => {
    const unmeasured = { ...judgement, improvement: null, interval: null }
    expect(judgeWidening(unmeasured, measured)).toMatchObject({ decision: 'undecided' })
  })

  test('does not continue if the scores of a bound have not come yet', () => {
    const early = judgeWidening(judgement, { name: 'quality score', control: 30, candidate: 7 })
    expect(early).toMatchObject({ decision: 'undecided', reason: 'on half of the instances: too few values of quality score' })
  })

  test('does not continue if a bound of the objective seems to be violated, and names it', () => {
    const suspected = judgeWidening({ ...judgement, suspicion: 'response time does not seem to be at most 3000' }, measured)
    expect(suspected.decision).toBe('undecided')
    expect(suspected.reason).toContain('at most 3000')
  })

  test.each(['roll-back', 'continue', 'keep'] as const)('leaves %s unchanged', (decision) => {
    expect(judgeWidening({ ...judgement, decision }, measured)).toMatchObject({ decision })
  })
})

describe('a look at half of the instances that has less data than it should', () => {
  const objective = objectiveSchema.parse({ minimize: 'responseTime', subjectTo: [{ metric: 'qualityScore', min: 0.8 }] })
  const goal = buildTrialGoal({ targetMetric: 'responseTime', objective })
  /** An execution a second on each instance; some of them report their quality. */
  const observe = (
    seed: number,
    instances: string[],
    reports: (i: number) => boolean,
    { from = 0, to = 40_000, everyMs = 1_000 } = {},
  ) => ({
    executions: instances
      .flatMap((instance, i) => requests(seed * 10 + i, instance, from, to, { rho: 0, sigma: 0.3 }, everyMs))
      .sort((a, b) => a.at - b.at)
      .map(({ at, instance, value }, i) => {
        const metrics = reports(i) ? { qualityScore: 0.9 + (i % 5) / 100 } : null
        return { at, instance, durationMs: value, success: true, metrics }
      }),
    negotiations: [],
  })
  const always = () => true
  const look = (seed: number, arms: { control: ArmObservations; candidate: ArmObservations }) => {
    const history = {
      control: observe(seed + 100, ['b', 'c'], always, { from: -200_000, to: 0 }),
      candidate: observe(seed + 200, ['a'], always, { from: -200_000, to: 0 }),
    }
    const judge = createTrialJudge({ goal, design: 'concurrent', history, maxSamples: 160 })
    return judgeWidening(judge.look(arms, { final: true }), findScarcestMetric(goal, arms))
  }
  const seeds = Array.from({ length: 10 }, (_, i) => i + 1)
  const never = () => false

  test('goes on if all of it is there', () => {
    for (const seed of seeds) {
      const arms = { control: observe(seed, ['b', 'c'], always), candidate: observe(seed + 50, ['a'], always) }
      expect(look(seed, arms)).toMatchObject({ decision: 'keep' })
    }
  })

  test('does not go on if a guardrail is no longer reported, by the candidates or by anybody', () => {
    const rarely = (i: number) => i % 4 === 0
    for (const [reported, beside] of [
      [rarely, always],
      [never, always],
      [never, never],
    ] as const)
      for (const seed of seeds) {
        const arms = { control: observe(seed, ['b', 'c'], beside), candidate: observe(seed + 50, ['a'], reported) }
        expect(look(seed, arms)).toMatchObject({ decision: 'undecided', reason: expect.stringContaining('quality score') })
      }
  })

  test('does not go on if most of the work seems to be missing', () => {
    const found = seeds.map((seed) => {
      const candidate = observe(seed + 50, ['a'], always, { everyMs: 3_500 })
      return look(seed, { control: observe(seed, ['b', 'c'], always), candidate })
    })
    expect(found.filter(({ decision }) => decision === 'keep')).toEqual([])
    expect(found.some(({ decision, reason }) => decision === 'undecided' && reason.includes('missing'))).toBe(true)
  })
})

describe('the step to half of the instances', () => {
  const objective = objectiveSchema.parse({ minimize: 'responseTime', subjectTo: [{ metric: 'qualityScore', min: 0.8 }] })
  const goal = buildTrialGoal({ targetMetric: 'responseTime', objective })
  /** An execution a second, whose quality depends on its number. */
  const observe = (instance: string, count: number, from: number, qualityOf: (i: number) => number, reportedEvery = 1) => ({
    executions: Array.from({ length: count }, (_, i) => ({
      at: from + 1_000 * i,
      instance,
      durationMs: 1_000 + 10 * ((7 * i) % 11),
      success: true,
      metrics: i % reportedEvery === 0 ? { qualityScore: qualityOf(i) } : null,
    })),
    negotiations: [],
  })
  const usual = (i: number) => 0.9 + (i % 5) / 100
  /** The step, looked at after each of these numbers of values. */
  const play = (counts: number[], qualityOf: (i: number) => number, when = { isDue: true, isOver: false }, reportedEvery = 1) => {
    const history = {
      control: observe('b', 400, -4e5, usual, reportedEvery),
      candidate: observe('a', 400, -4e5, usual, reportedEvery),
    }
    const judge = createTrialJudge({ goal, design: 'concurrent', history, maxSamples: 160 })
    return counts.map((count) => {
      const arms = {
        control: observe('b', count, 0, usual, reportedEvery),
        candidate: observe('a', count, 0, qualityOf, reportedEvery),
      }
      const look = (final: boolean) => judge.look(arms, { final })
      return lookAtWidening(look, findScarcestMetric(goal, arms), when)
    })
  }
  const decisions = (looks: ReturnType<typeof play>) => looks.map(({ judgement }) => judgement.decision)
  /** Two bad values after the first twenty: a look in between is about those twenty, the last one about all 22. */
  const dipping = (i: number) => (i < 20 ? 0.81 : i < 22 ? 0.3 : 0.92)

  test('ends without a doubt as soon as it is due', () => {
    expect(play([30], usual)).toMatchObject([{ judgement: { decision: 'keep' }, isFinal: true }])
    expect(decisions(play([30], usual, { isDue: false, isOver: false }))).toEqual(['continue'])
  })

  test('goes on while only its last look would doubt the change, and says why', () => {
    const [doubtful, resolved] = play([22, 60], dipping)
    expect(doubtful).toMatchObject({ judgement: { decision: 'continue' }, isFinal: false })
    expect(doubtful!.judgement.reason).toMatch(/^on half of the instances: quality score does not seem to be at least 80%/)
    expect(resolved).toMatchObject({ judgement: { decision: 'keep' }, isFinal: true })
  })

  test('ends with its doubt when it is over, or has collected eighty values', () => {
    expect(decisions(play([22], dipping, { isDue: true, isOver: true }))).toEqual(['undecided'])
    const doubtful = (i: number) => (i % 2 ? 0.83 : 0.75)
    expect(decisions(play([20, 50, 79, 80], doubtful))).toEqual(['continue', 'continue', 'continue', 'undecided'])
  })

  test('goes on for a metric that few executions report, although the target has all of its samples', () => {
    // Its judge ends at 160 samples, of which 5 have a score.
    const seldom = { reportedEvery: 33, when: { isDue: false, isOver: false } }
    expect(decisions(play([159, 160, 400], usual, seldom.when, seldom.reportedEvery))).toEqual([
      'continue',
      'continue',
      'continue',
    ])
    expect(decisions(play([700], usual, undefined, seldom.reportedEvery))).toEqual(['keep'])
  })

  test('waits for values when it is due with too few', () => {
    expect(decisions(play([5, 30], usual))).toEqual(['continue', 'keep'])
  })

  test('says what it still needs while it is in doubt', () => {
    const compared = { design: 'concurrent', candidate: 1, control: 1, live: 2 } as const
    const decisionsAt = (samples: number) =>
      computeProgress({ samples, pace: null, compared, reportingShare: 1, now: 0 }, { ...wideningTarget, endsAt: 1e9 }).decisions
    expect([8, 20, 79, 80].map(decisionsAt)).toEqual([24, 120, 2, 0])
  })
})

test('a metric that one execution in ten reports is counted by its values', () => {
  const objective = objectiveSchema.parse({ maximize: 'qualityScore' })
  const goal = buildTrialGoal({ targetMetric: 'qualityScore', objective })
  const observe = (instance: string, executions: number, from = 0, quality = 0.7) => ({
    executions: Array.from({ length: executions }, (_, i) => ({
      at: from + 60_000 * i,
      instance,
      durationMs: 1_000 + (i % 7),
      success: true,
      metrics: i % 10 === 0 ? { qualityScore: quality + ((i / 10) % 5) / 100 } : null,
    })),
    negotiations: [],
  })
  const history = { control: observe('b', 400, -1e8), candidate: observe('a', 400, -1e8) }
  const judge = createTrialJudge({ goal, design: 'concurrent', history, maxSamples: 160 })
  const look = (executions: number) => {
    const arms = { control: observe('b', executions), candidate: observe('a', executions, 0, 0.75) }
    const scarcest = findScarcestMetric(goal, arms)
    return { scarcest, judged: judgeWidening(judge.look(arms, { final: true }), scarcest) }
  }
  // So many executions were once taken for enough, and the proven change was rolled back.
  const few = look(WIDENING_SAMPLES)
  expect(few.scarcest).toEqual({ name: 'quality score', control: 2, candidate: 2 })
  expect(hasEnoughWideningSamples(few.scarcest)).toBe(false)
  expect(few.judged.decision).toBe('undecided')
  const enough = look(10 * WIDENING_SAMPLES)
  expect(enough.scarcest).toMatchObject({ control: WIDENING_SAMPLES, candidate: WIDENING_SAMPLES })
  expect(enough.judged.decision).toBe('keep')
})
