import { describe, expect, test } from 'vitest'
import { createJudge, createTrialJudge, createUsualGoal } from '../../../src/analysis/judging/index.ts'
import { createSilenceDetector } from '../../../src/analysis/judging/silence.ts'
import type { ArmSamples, Sample } from '../../../src/model/trial.ts'
import { requests } from './arms.ts'

const latency = { name: 'response time', direction: 'lower', kind: 'continuous' } as const
const none: ArmSamples = { control: [], candidate: [] }
/** Two controls and a candidate at one request a second each. */
function arms(seed: number, from: number, to: number, candidateUntil = to, everyMs = 1_000): ArmSamples {
  const control = ['b', 'c'].flatMap((name, i) => requests(seed + i, name, from, to, {}))
  const candidate = requests(seed + 2, 'a', from, Math.min(to, candidateUntil), {}, everyMs)
  return { control: control.sort((x, y) => x.at - y.at), candidate }
}

describe('a candidate that falls silent while the control works', () => {
  test('is rolled back by the judge of a single metric, without waiting for more of its samples', () => {
    const judge = createJudge({ metric: latency, design: 'concurrent', history: arms(1, -300_000, 0), maxSamples: 200 })
    const look = judge.look(arms(4, 0, 60_000, 20_000))
    expect(look).toMatchObject({ decision: 'roll-back', reason: expect.stringContaining('silent') })
  })

  test.each([
    ['no history', none],
    ['a history of seconds', arms(7, -5_000, 0)],
    ['a long history', arms(7, -300_000, 0)],
  ])('is noticed with %s, even if it never reported', (_, history) => {
    const silence = createSilenceDetector(history)
    expect(silence(arms(10, 0, 90_000, 0))?.missing).toBeGreaterThan(15)
    expect(silence(arms(10, 0, 90_000, 10_000))?.missing).toBeGreaterThan(15)
  })

  test('is not reported for random pauses, even if it works at a quarter of the rate of others', () => {
    for (let seed = 0; seed < 200; seed++) {
      const known = createSilenceDetector(arms(seed * 10, -300_000, 0, 0, 4_000))
      const unknown = createSilenceDetector(none)
      const since = arms(seed * 10 + 5, 0, 120_000, 120_000, 4_000)
      for (let now = 5_000; now <= 120_000; now += 5_000) {
        const until = (samples: Sample[]) => samples.filter(({ at }) => at <= now)
        const soFar = { control: until(since.control), candidate: until(since.candidate) }
        expect(known(soFar)).toBeNull()
        expect(unknown(soFar)).toBeNull()
      }
    }
  })

  test('is not reported if its work naturally comes in bursts', () => {
    const bursts = (from: number, to: number) =>
      requests(21, 'a', from, to, {}, 300).filter(({ at }) => (((at / 1_000) % 40) + 40) % 40 < 10)
    const history = { ...arms(20, -300_000, 0), candidate: bursts(-300_000, 0) }
    expect(createSilenceDetector(history)({ ...arms(22, 0, 75_000), candidate: bursts(0, 75_000) })).toBeNull()
  })

  test('is rolled back even if it never reported and has no history', () => {
    const observed = (samples: Sample[]) => ({
      executions: samples.map(({ at, instance, value }) => ({ at, instance, durationMs: value, success: true })),
      negotiations: [],
    })
    const unheard = { control: observed([]), candidate: observed([]) }
    const judge = createTrialJudge({
      goal: createUsualGoal('responseTime'),
      design: 'concurrent',
      history: unheard,
      maxSamples: 100,
    })
    const { control } = arms(30, 0, 90_000)
    const judgement = judge.look({ control: observed(control), candidate: observed([]) }, { final: false })
    expect(judgement).toMatchObject({ decision: 'roll-back', reason: expect.stringContaining('silent') })
  })

  test('gets no verdict from a judge of a single metric that never had samples of it', () => {
    const judge = createJudge({ metric: latency, design: 'concurrent', history: arms(1, -300_000, 0), maxSamples: 200 })
    expect(judge.look({ ...arms(4, 0, 90_000), candidate: [] })).toMatchObject({ decision: 'continue', effect: null })
  })
})
