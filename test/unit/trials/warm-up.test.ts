import { describe, expect, test } from 'vitest'
import { type ArmObservations, createUsualGoal } from '../../../src/analysis/judging/index.ts'
import { findLongestWarmUp } from '../../../src/analysis/trials/duration.ts'
import {
  computeObservedMs,
  findOpenSuspension,
  listObservationStarts,
  omitSuspensions,
} from '../../../src/analysis/trials/suspension.ts'
import { createWarmUpJudge, excludeWarmUp } from '../../../src/analysis/trials/warm-up.ts'
import { random } from '../judging/random.ts'

/** Requests one second apart on each instance. */
function every(
  instances: string[],
  from: number,
  to: number,
  ms: (at: number) => number,
  success = (_: number) => true,
): ArmObservations {
  const executions: ArmObservations['executions'] = []
  for (let at = from + 1_000; at <= to; at += 1_000)
    for (const instance of instances) executions.push({ at, instance, durationMs: ms(at), success: success(at) })
  return { executions, negotiations: [] }
}
const times = ({ executions }: ArmObservations) => executions.map(({ at }) => at)

describe('the warm-up of a change', () => {
  const arms = { control: every(['b', 'c'], 0, 10_000, () => 10), candidate: every(['a'], 0, 10_000, () => 10) }
  const compared = { design: 'concurrent' as const, candidates: ['a'], starts: [0] }

  test('is nothing by default', () => {
    expect(excludeWarmUp(arms, { samples: 0, seconds: 0 }, compared)).toEqual({ judged: arms, isWarmingUp: false, warmAt: [0] })
  })

  test.each([
    [{ samples: 3, seconds: 0 }, 4_000],
    [{ samples: 0, seconds: 5 }, 6_000],
    [{ samples: 3, seconds: 5 }, 6_000],
  ])('of %j leaves out the first of the candidate, and of the control what came before', (warmUp, first) => {
    const { judged, isWarmingUp } = excludeWarmUp(arms, warmUp, compared)
    expect(isWarmingUp).toBe(false)
    expect(times(judged.candidate)[0]).toBe(first)
    expect(times(judged.control)[0]).toBe(first)
  })

  test('is over for each candidate by itself', () => {
    const two = { ...arms, candidate: every(['a'], 0, 10_000, () => 10) }
    two.candidate.executions.push({ at: 9_500, instance: 'd', durationMs: 10, success: true })
    const { judged } = excludeWarmUp(two, { samples: 3, seconds: 0 }, { ...compared, candidates: ['a', 'd'] })
    expect(new Set(judged.candidate.executions.map(({ instance }) => instance))).toEqual(new Set(['a']))
  })

  test('lasts until a candidate has worked after it, and judges nothing meanwhile', () => {
    const { judged, isWarmingUp } = excludeWarmUp(arms, { samples: 20, seconds: 0 }, compared)
    expect(isWarmingUp).toBe(true)
    expect(judged.candidate.executions).toEqual([])
    expect(judged.control.executions).toEqual([])
  })

  test('comes again after a suspension, and keeps what was judged before', () => {
    const resumed = { ...compared, starts: [0, 5_500] }
    const { judged, isWarmingUp } = excludeWarmUp(arms, { samples: 2, seconds: 0 }, resumed)
    expect(isWarmingUp).toBe(false)
    expect(times(judged.candidate)).toEqual([3_000, 4_000, 5_000, 8_000, 9_000, 10_000])
    expect(new Set(times(judged.control))).toEqual(new Set(times(judged.candidate)))
    const cold = excludeWarmUp(arms, { samples: 3, seconds: 60 }, { ...compared, starts: [-60_000, 5_500] })
    expect(cold.isWarmingUp).toBe(true)
    expect(times(cold.judged.candidate).every((at) => at < 5_500)).toBe(true)
  })

  test('leaves the past whole with which a single instance is compared', () => {
    const past = every(['a'], -10_000, 0, () => 10)
    const alone = { control: past, candidate: arms.candidate }
    const { judged } = excludeWarmUp(alone, { samples: 3, seconds: 0 }, { ...compared, design: 'before-after' })
    expect(judged.control).toEqual(past)
    expect(times(judged.candidate)[0]).toBe(4_000)
  })

  test('is the longest of those that are asked for', () => {
    expect(
      findLongestWarmUp([
        { samples: 5, seconds: 1 },
        { samples: 2, seconds: 60 },
      ]),
    ).toEqual({ samples: 5, seconds: 60 })
    expect(findLongestWarmUp([])).toEqual({ samples: 0, seconds: 0 })
  })
})

describe('a change that starts cold', () => {
  const warmUp = { samples: 40, seconds: 0 }
  /** The decision at the end of the warm-up, or before. */
  function judgeStart(seed: number, candidateMs: number, success: number, cut = warmUp) {
    const { normal, uniform } = random(seed)
    const usual = () => 1_000 * Math.exp(0.3 * normal())
    const history = { control: every(['b', 'c'], -300_000, 0, usual), candidate: every(['a'], -300_000, 0, usual) }
    const control = every(['b', 'c'], 0, 39_000, usual)
    const candidate = every(
      ['a'],
      0,
      39_000,
      () => (candidateMs / 1_000) * usual(),
      () => uniform() < success,
    )
    const judge = createWarmUpJudge(
      { goal: createUsualGoal('responseTime'), design: 'concurrent', history, maxSamples: 160 },
      (arms) => excludeWarmUp(arms, cut, { design: 'concurrent', candidates: ['a'], starts: [0] }),
    )
    return judge.look({ control, candidate }, { final: false }).decision
  }
  const seeds = Array.from({ length: 10 }, (_, index) => 100 + index)

  test('is not judged by its first executions, as it would be without a warm-up', () => {
    expect(seeds.map((seed) => judgeStart(seed, 1_600, 1, { samples: 0, seconds: 0 }))).not.toContain('continue')
    for (const ms of [1_600, 3_000]) expect(seeds.map((seed) => judgeStart(seed, ms, 1))).toEqual(seeds.map(() => 'continue'))
  })

  test('is rolled back all the same if it is a catastrophe', () => {
    expect(seeds.map((seed) => judgeStart(seed, 6_000, 1))).toEqual(seeds.map(() => 'roll-back'))
    expect(seeds.map((seed) => judgeStart(seed, 1_000, 0.02))).toEqual(seeds.map(() => 'roll-back'))
  })
})

describe('a suspension', () => {
  const suspensions = [
    { from: 2_000, to: 4_000 },
    { from: 8_000, to: null },
  ]

  test('does not count as time observed', () => {
    expect(computeObservedMs(suspensions, 0, 10_000)).toBe(6_000)
    expect(computeObservedMs(suspensions, 3_000, 7_000)).toBe(3_000)
    expect(computeObservedMs([], 0, 10_000)).toBe(10_000)
    expect(findOpenSuspension(suspensions)).toEqual({ from: 8_000, to: null })
    expect(listObservationStarts(suspensions, 0)).toEqual([0, 4_000])
    expect(listObservationStarts(suspensions, 5_000)).toEqual([5_000])
  })

  test('leaves out what started in it', () => {
    const seen = omitSuspensions(
      every(['a'], 0, 10_000, () => 10),
      suspensions,
    )
    expect(times(seen)).toEqual([1_000, 2_000, 5_000, 6_000, 7_000, 8_000, ...[]].filter((at) => at !== 4_000))
  })
})
