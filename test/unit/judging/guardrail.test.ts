import { describe, expect, test } from 'vitest'
import { createJudge } from '../../../src/analysis/index.ts'
import { type ArmObservations, createTrialJudge } from '../../../src/analysis/judging/index.ts'
import { buildTrialGoal } from '../../../src/analysis/trials/goal.ts'
import { objectiveSchema } from '../../../src/model/objective.ts'
import { outcomes, requests } from './arms.ts'

const metric = { name: 'success', direction: 'higher', kind: 'proportion' } as const

/** A guardrail that may lose ten points, after a change of this effect; looked at every 10 seconds. */
function judged(seed: number, effect: number): string {
  const history = { control: outcomes(seed, 'a', -300_000, 0, 0.9), candidate: outcomes(seed + 1, 'b', -300_000, 0, 0.9) }
  const judge = createJudge({ metric, design: 'concurrent', history, maxSamples: 200, guardrail: true, minEffect: 0.1 })
  const control = outcomes(seed + 2, 'a', 0, 240_000, 0.9)
  const candidate = outcomes(seed + 3, 'b', 0, 240_000, 0.9 + effect)
  for (let now = 10_000; ; now += 10_000) {
    const until = (samples: typeof control) => samples.filter(({ at }) => at <= now)
    const { decision } = judge.look({ control: until(control), candidate: until(candidate) }, { final: now >= 240_000 })
    if (decision !== 'continue') return decision
  }
}
function share(effect: number, decision: string): number {
  const decisions = Array.from({ length: 100 }, (_, seed) => judged(seed * 10, effect))
  return decisions.filter((d) => d === decision).length / decisions.length
}

describe('a guardrail', () => {
  test('that does not change is kept, although nothing improved', () => {
    expect(share(0, 'keep')).toBeGreaterThan(0.7)
  })

  test('that is harmed by the minimum effect is hardly ever kept', () => {
    // 5 % is allowed; the bound leaves room for chance.
    expect(share(-0.1, 'keep')).toBeLessThan(0.12)
  })

  test('that is clearly harmed is rolled back', () => {
    expect(share(-0.25, 'roll-back')).toBeGreaterThan(0.9)
  })
})

/** The verdicts of trials whose response time may double, by whoever accepted that or by default, after it has grown by this factor. */
function verdictsOf(factor: number, isAccepted: boolean): string[] {
  return Array.from({ length: 60 }, (_, i) => {
    const seed = i * 10
    const before = { control: requests(seed, 'a', -300_000, 0, {}), candidate: requests(seed + 1, 'b', -300_000, 0, {}) }
    const judge = createJudge({
      metric: { name: 'response time', direction: 'lower', kind: 'continuous' },
      design: 'concurrent',
      history: before,
      maxSamples: 200,
      guardrail: true,
      minEffect: 1,
      isAccepted,
      summary: isAccepted ? 'median' : 'clipped-mean',
    })
    const control = requests(seed + 2, 'a', 0, 240_000, {})
    const candidate = requests(seed + 3, 'b', 0, 240_000, { medianMs: 800 * factor })
    for (let now = 10_000; ; now += 10_000) {
      const until = (samples: typeof control) => samples.filter(({ at }) => at <= now)
      const { decision } = judge.look({ control: until(control), candidate: until(candidate) }, { final: now >= 240_000 })
      if (decision !== 'continue') return decision
    }
  })
}
const count = (verdicts: string[], decision: string) => verdicts.filter((verdict) => verdict === decision).length

describe('a loss that was accepted by name', () => {
  test('is kept although it is proven; most of the others are rolled back', () => {
    expect(count(verdictsOf(1.5, true), 'keep')).toBeGreaterThan(50)
    expect(count(verdictsOf(1.5, false), 'roll-back')).toBeGreaterThan(30)
  })

  test('is hardly ever kept where it is just as large as accepted', () => {
    expect(count(verdictsOf(2, true), 'keep')).toBeLessThan(8)
  })

  test('is rolled back where it is larger than accepted', () => {
    expect(count(verdictsOf(3, true), 'roll-back')).toBeGreaterThan(50)
  })
})

describe('a trial whose gain is proven, while harm to a guardrail is not ruled out', () => {
  const objective = objectiveSchema.parse({ minimize: 'costUsd', tolerate: { successRate: 1 } })
  const work = (instances: readonly string[], count: number, from: number, costUsd: number): ArmObservations => ({
    executions: Array.from({ length: count }, (_, index) =>
      instances.map((instance) => ({
        at: from + 1_000 * index,
        instance,
        durationMs: 500 + (index % 7),
        success: true,
        metrics: { costUsd: costUsd * (1 + (index % 5) / 10) },
      })),
    ).flat(),
    negotiations: [],
  })

  test('goes on, and its guardrails see the samples that come', () => {
    const judge = createTrialJudge({
      goal: buildTrialGoal({ targetMetric: 'costUsd', objective }),
      design: 'concurrent',
      history: { control: work(['a', 'b'], 300, 0, 0.01), candidate: work(['c'], 300, 0, 0.01) },
      maxSamples: 160,
    })
    const lookAfter = (count: number) =>
      judge.look({ control: work(['a', 'b'], count, 1e6, 0.01), candidate: work(['c'], count, 1e6, 0.004) }, { final: false })
    expect(lookAfter(200)).toMatchObject({ decision: 'continue', reason: expect.stringContaining('harm to the success rate') })
    expect(lookAfter(640).decision).toBe('keep')
  })
})

describe('a count that is tolerated to grow by a share', () => {
  const declared = [{ name: 'retries', unit: '', kind: 'count', direction: 'lower', description: '' }] as const
  const objective = objectiveSchema.parse({ minimize: 'responseTime', tolerate: { retries: 20 } })
  const goal = buildTrialGoal({ targetMetric: 'responseTime', objective, declared: [...declared] })
  const arm = (
    instance: string,
    seed: number,
    from: number,
    medianMs: number,
    every = Number.POSITIVE_INFINITY,
  ): ArmObservations => ({
    executions: requests(seed, instance, from, from + 400_000, { medianMs }).map(({ at, value }, i) => {
      return { at, instance, durationMs: value, success: i % 50 > 0, metrics: { retries: Number(i % every === every - 1) } }
    }),
    negotiations: [],
  })
  const lookAt = (every?: number, executions = 400) => {
    const history = { control: arm('a', 1, -400_000, 800), candidate: arm('b', 2, -400_000, 800) }
    const judge = createTrialJudge({ goal, design: 'concurrent', history, maxSamples: 160 })
    const until = (observed: ArmObservations) => ({ ...observed, executions: observed.executions.slice(0, executions) })
    return judge.look({ control: until(arm('a', 3, 0, 800)), candidate: until(arm('b', 4, 0, 400, every)) }, { final: true })
  }

  test('is harmless if it stays 0 in so many executions that more could hardly be missed', () => {
    expect(lookAt()).toMatchObject({ decision: 'keep' })
    expect(lookAt(undefined, 40)).toMatchObject({ decision: 'undecided', reason: expect.stringContaining('harm to the retries') })
    expect(lookAt(20).decision).not.toBe('keep')
  })
})
