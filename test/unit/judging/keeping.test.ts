import { describe, expect, test } from 'vitest'
import { type ArmObservations, createTrialJudge, createUsualGoal } from '../../../src/analysis/judging/index.ts'
import { random } from './random.ts'

interface Behaviour {
  medianMs: number
  success: number
}
const usual: Behaviour = { medianMs: 2_800, success: 0.62 }
const observeMs = 105_000

/** Requests at random, 1.5 a second on each instance, lognormal times. */
function observations(
  seed: number,
  instances: string[],
  from: number,
  to: number,
  { medianMs, success }: Behaviour,
): ArmObservations {
  const { uniform, normal, exponential } = random(seed)
  const executions: ArmObservations['executions'] = []
  for (const instance of instances) {
    for (let at = from + exponential() * 667; at < to; at += exponential() * 667) {
      executions.push({ at, instance, durationMs: medianMs * Math.exp(0.4 * normal()), success: uniform() < success })
    }
  }
  return { executions, negotiations: [] }
}

function runTrial(seed: number, change: Behaviour, historyMs: number) {
  const history = {
    control: observations(seed, ['b', 'c'], -historyMs, 0, usual),
    candidate: observations(seed + 1, ['a'], -historyMs, 0, usual),
  }
  const control = observations(seed + 2, ['b', 'c'], 0, observeMs, usual)
  const candidate = observations(seed + 3, ['a'], 0, observeMs, change)
  const judge = createTrialJudge({ goal: createUsualGoal('responseTime'), design: 'concurrent', history, maxSamples: 160 })
  for (let now = 2_000; ; now += 2_000) {
    const until = ({ executions }: ArmObservations) => ({
      executions: executions.filter(({ at }) => at <= now),
      negotiations: [],
    })
    const judgement = judge.look({ control: until(control), candidate: until(candidate) }, { final: now >= observeMs })
    if (judgement.decision !== 'continue') return { ...judgement, afterMs: now }
  }
}
const seeds = Array.from({ length: 12 }, (_, i) => 1_000 + i * 10)

describe('keeping a change', () => {
  test('a change that makes requests fast by failing them is rolled back soon, even with little history', () => {
    const limits = [
      [0, 80_000],
      [30_000, 55_000],
      [300_000, 30_000],
    ] as const
    for (const [historyMs, withinMs] of limits) {
      for (const seed of seeds) {
        const judgement = runTrial(seed, { medianMs: 500, success: 0.02 }, historyMs)
        expect(judgement.decision, `seed ${seed}, history ${historyMs}`).toBe('roll-back')
        expect(judgement.afterMs).toBeLessThan(withinMs)
      }
    }
  })

  test('a change that is twice as fast and fails no more often is kept, once half of the samples are in', () => {
    const judgements = seeds.map((seed) => runTrial(seed, { medianMs: 1_400, success: 0.62 }, 60_000))
    const kept = judgements.filter(({ decision }) => decision === 'keep')
    expect(kept.length).toBeGreaterThanOrEqual(10)
    for (const { samples, interval, afterMs } of kept) {
      if (afterMs < observeMs) expect(samples.candidate).toBeGreaterThanOrEqual(80)
      expect(interval![0]).toBeGreaterThan(0)
    }
  })

  test('a change that is faster but fails more often than can be tolerated is not kept', () => {
    const kept = seeds.filter((seed) => runTrial(seed, { medianMs: 1_400, success: 0.45 }, 60_000).decision === 'keep')
    expect(kept).toEqual([])
  })
})
