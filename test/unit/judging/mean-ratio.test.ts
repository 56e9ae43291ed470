import { describe, expect, test } from 'vitest'
import { createJudge } from '../../../src/analysis/judging/index.ts'
import { createSeededRandom } from '../../../src/analysis/statistics/random.ts'
import type { Sample } from '../../../src/model/trial.ts'

const cost = { name: 'cost', kind: 'continuous', direction: 'lower' } as const
const revenue = { name: 'revenue', kind: 'continuous', direction: 'higher' } as const
const balance = { name: 'balance', kind: 'continuous', direction: 'lower', isSigned: true } as const

/** A sample a second of one of two instances. */
function samples(arm: string, count: number, from: number, valueAt: (i: number) => number): Sample[] {
  return Array.from({ length: count }, (_, i) => ({ at: from + i * 1_000, value: valueAt(i), instance: `${arm}-${i % 2}` }))
}

interface World {
  metric?: typeof cost | typeof revenue | typeof balance
  history?: number
  /** A value without the change. */
  value: (uniform: () => number) => number
  /** With it. */
  changed: (uniform: () => number) => number
}

function judge({ metric = cost, history = 200, value, changed }: World, seed: number) {
  const { uniform } = createSeededRandom(`mean ${seed}`)
  const past = {
    control: samples('a', history, -history * 1_000, () => value(uniform)),
    candidate: samples('b', history, -history * 1_000, () => value(uniform)),
  }
  const control = samples('a', 160, 0, () => value(uniform))
  const candidate = samples('b', 160, 0, () => changed(uniform))
  const judged = createJudge({ metric, design: 'concurrent', history: past, maxSamples: 160, summary: 'mean' })
  for (let n = 10; n < 160; n += 5) {
    const look = judged.look({ control: control.slice(0, n), candidate: candidate.slice(0, n) })
    if (look.decision !== 'continue') return look
  }
  return judged.look({ control, candidate }, { final: true })
}

function rates(world: World, runs = 60) {
  const decisions = Array.from({ length: runs }, (_, seed) => judge(world, seed).decision)
  const share = (decision: string) => decisions.filter((each) => each === decision).length / runs
  return { keep: share('keep'), rollBack: share('roll-back') }
}

/** Seven answers in ten cost nothing (they are cached), the others a skewed amount. */
const cached = (uniform: () => number) =>
  uniform() < 0.7 ? 0 : 0.002 * Math.exp(1.2 * (uniform() + uniform() + uniform() - 1.5))

describe('a quantity of which most values are 0', () => {
  test('is rarely rolled back or kept if nothing changes', () => {
    const { keep, rollBack } = rates({ value: cached, changed: cached })
    expect(keep).toBeLessThanOrEqual(0.04)
    expect(rollBack).toBeLessThanOrEqual(0.08)
  })

  test('is proven to fall when the share of values above 0 does', () => {
    expect(rates({ value: cached, changed: (uniform) => (uniform() < 0.7 ? 0 : cached(uniform)) }).keep).toBeGreaterThan(0.8)
  })

  test('is rolled back when the values above 0 grow threefold', () => {
    expect(rates({ value: cached, changed: (uniform) => 3 * cached(uniform) }).rollBack).toBeGreaterThan(0.95)
  })
})

test('values that are each the same are compared: a price per call that falls by a third', () => {
  const { decision, effect, interval } = judge({ value: () => 0.003, changed: () => 0.002 }, 1)
  expect(decision).toBe('keep')
  expect(effect).toBeCloseTo(-1 / 3, 1)
  expect(interval![1]).toBeLessThan(0)
})

test('a cost that grows almost sixfold is measured in full, in an interval that contains it', () => {
  const { decision, effect, interval } = judge({ history: 2_000, value: () => 100, changed: () => 585 }, 1)
  expect(decision).toBe('roll-back')
  expect(effect).toBeCloseTo(4.85, 2)
  expect(interval![0]).toBeLessThanOrEqual(4.85)
  expect(interval![1]).toBeGreaterThanOrEqual(4.85)
})

test('a candidate without any cost at all is an improvement, and nothing without any cost is no measurement', () => {
  expect(judge({ value: () => 0.003, changed: () => 0 }, 1).decision).toBe('keep')
  expect(judge({ value: () => 0, changed: () => 0 }, 1)).toMatchObject({ decision: 'undecided', effect: null })
})

test('a rare cost that by chance does not occur is no proof', () => {
  const rare = (uniform: () => number) => (uniform() < 0.01 ? 1 : 0)
  const { keep } = rates({ value: rare, changed: rare })
  expect(keep).toBeLessThanOrEqual(0.04)
})

test('of a metric that should be high, more is better', () => {
  const earned = (uniform: () => number) => 5 + 4 * uniform()
  expect(rates({ metric: revenue, value: earned, changed: (uniform) => 1.3 * earned(uniform) }, 20).keep).toBeGreaterThan(0.9)
  expect(rates({ metric: revenue, value: earned, changed: (uniform) => 0.7 * earned(uniform) }, 20).rollBack).toBeGreaterThan(0.9)
})

test('without a history the arms are compared as they are', () => {
  expect(rates({ history: 0, value: cached, changed: cached }).keep).toBeLessThanOrEqual(0.04)
  expect(rates({ history: 0, value: (u) => 1 + u(), changed: (u) => 0.6 * (1 + u()) }, 20).keep).toBeGreaterThan(0.9)
})

describe('a ratio of sums', () => {
  /** Ten executions in a hundred fail, at full cost. */
  const ratesOf = (costly: number, failing: number) => {
    const decisions = Array.from({ length: 30 }, (_, seed) => {
      const { uniform } = createSeededRandom(`ratio ${seed}`)
      const arm = (instance: string, from: number, count: number, cost: number, failures: number) =>
        Array.from({ length: count }, (_, i) => ({
          at: from + i * 1_000,
          instance,
          value: cost * (0.5 + uniform()),
          per: Number(uniform() >= failures),
        }))
      const past = { control: arm('a', -400_000, 400, 1, 0.1), candidate: arm('b', -400_000, 400, 1, 0.1) }
      const judge = createJudge({ metric: cost, design: 'concurrent', history: past, maxSamples: 160, summary: 'mean' })
      const since = { control: arm('a', 0, 160, 1, 0.1), candidate: arm('b', 0, 160, costly, failing) }
      return judge.look(since, { final: true }).decision
    })
    return (decision: string) => decisions.filter((each) => each === decision).length / decisions.length
  }

  test('such as the cost per success is unchanged if nothing changes', () => {
    const share = ratesOf(1, 0.1)
    expect(share('keep') + share('roll-back')).toBeLessThan(0.12)
  })

  test('grows with the failures, although no execution costs more', () => {
    expect(ratesOf(1, 0.4)('roll-back')).toBeGreaterThan(0.9)
  })

  test('falls with the cost, and a fall that failures eat up is none', () => {
    expect(ratesOf(0.7, 0.1)('keep')).toBeGreaterThan(0.9)
    expect(ratesOf(0.7, 0.37)('keep')).toBeLessThan(0.12)
  })

  /** The denominator of a value varies from 0.5 to 1.5 times its size; the candidate's is multiplied. */
  const perSize = (size: number, times: number, outlier = 1) => {
    const { uniform } = createSeededRandom('size')
    const arm = (instance: string, from: number, count: number, factor: number) =>
      Array.from({ length: count }, (_, i) => {
        const per = size * factor * (0.5 + uniform())
        return { at: from + i * 1_000, instance, value: (100 * (0.8 + 0.4 * uniform()) * per) / (size * factor), per }
      })
    const past = { control: arm('a', -400_000, 400, 1), candidate: arm('b', -400_000, 400, 1) }
    const judge = createJudge({ metric: cost, design: 'concurrent', history: past, maxSamples: 160, summary: 'mean' })
    const since = { control: arm('a', 0, 160, 1), candidate: arm('b', 0, 160, times) }
    const [first, ...others] = since.candidate
    const huge = { ...first!, value: outlier * first!.value, per: outlier * first!.per }
    return judge.look({ ...since, candidate: [huge, ...others] }, { final: true }).effect!
  }

  test('is measured the same in whatever unit its denominator is', () => {
    expect(perSize(1, 2)).toBeCloseTo(-0.5, 1)
    for (const size of [0.001, 1_000]) expect(perSize(size, 2)).toBeCloseTo(perSize(1, 2), 6)
    expect(Math.abs(perSize(0.001, 1))).toBeLessThan(0.03)
  })

  test('is not moved by one huge execution that is in proportion', () => {
    expect(perSize(1, 1, 200)).toBeCloseTo(perSize(1, 1), 2)
  })
})

test('a sum whose mean may be 0 or less proves nothing, in either direction', () => {
  // A rare gain of 32 in a sum that is 1 otherwise: the mean is about 0.04, and chance puts that of an arm below 0.
  const value = (uniform: () => number) => (uniform() < 0.03 ? -31 : 1)
  expect(rates({ metric: balance, value, changed: value })).toEqual({ keep: 0, rollBack: 0 })
})
