import { describe, expect, test } from 'vitest'
import { createJudge, type JudgeOptions } from '../../../src/analysis/judging/index.ts'
import { OptimizerError } from '../../../src/model/errors.ts'
import type { ArmSamples, Sample } from '../../../src/model/trial.ts'
import { outcomes, requests } from './arms.ts'

const latency = { name: 'response time', direction: 'lower', kind: 'continuous' } as const
const success = { name: 'success', direction: 'higher', kind: 'proportion' } as const
const history = { control: requests(1, 'a', -300_000, 0, {}), candidate: requests(2, 'b', -300_000, 0, {}) }
const usual = { control: requests(3, 'a', 0, 60_000, {}), candidate: requests(4, 'b', 0, 60_000, {}) }
const slow = requests(5, 'b', 0, 60_000, { medianMs: 3_000 })

function look(since: ArmSamples, options: Partial<JudgeOptions> = {}, final = true) {
  return createJudge({ metric: latency, design: 'concurrent', history, maxSamples: 100, ...options }).look(since, { final })
}
const withValues = (samples: Sample[], values: number[]) => [
  ...samples,
  ...values.map((value, i) => ({ at: 1_000 + i, instance: 'b', value })),
]
const codeOf = (act: () => unknown) => {
  try {
    act()
  } catch (error) {
    if (error instanceof OptimizerError) return error.code
    throw error
  }
}

describe('bad input', () => {
  test('harm is found if the input is valid, as a reference for the other tests', () => {
    expect(look({ ...usual, candidate: slow }).decision).toBe('roll-back')
  })

  test.each<[string, unknown]>([
    ['not finite', Number.POSITIVE_INFINITY],
    ['below 0', -1],
    ['a text', '1'],
  ])('values per something that is %s are not judged', (_, per) => {
    const options = { summary: 'mean' } as const
    const spoilt = slow.map((sample) => ({ ...sample, per: per as number }))
    expect(look({ ...usual, candidate: slow }, options).decision).toBe('roll-back')
    expect(look({ ...usual, candidate: spoilt }, options)).toMatchObject({ decision: 'undecided', effect: null })
  })

  test.each([
    ['an empty candidate', { ...usual, candidate: [] }],
    ['an empty control', { control: [], candidate: slow }],
    ['nothing at all', { control: [], candidate: [] }],
    ['a single sample', { ...usual, candidate: slow.slice(0, 1) }],
    ['only values that are no numbers', { ...usual, candidate: slow.map((sample) => ({ ...sample, value: Number.NaN })) }],
  ])('%s is undecided at the end, and continues until then', (_, since) => {
    expect(look(since)).toMatchObject({ decision: 'undecided', effect: null, interval: null })
    expect(look(since, {}, false).decision).toBe('continue')
  })

  test('values that cannot be times are omitted, counted and reported', () => {
    const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -5]
    const judged = look({ ...usual, candidate: withValues(usual.candidate, bad) })
    const clean = look(usual)
    expect(judged).toEqual({ ...clean, reason: expect.stringContaining('4 unusable samples were omitted') })
  })

  test.each([
    ['a constant candidate', { ...usual, candidate: slow.map((sample) => ({ ...sample, value: 3_000 })) }],
    ['a constant control', { control: usual.control.map((sample) => ({ ...sample, value: 800 })), candidate: slow }],
    [
      'a control of which half takes 0 ms',
      { control: usual.control.map((s, i) => ({ ...s, value: i % 2 && s.value })), candidate: slow },
    ],
  ])('%s is valid', (_, since) => {
    expect(look(since).decision).toBe('roll-back')
  })

  test('shares and scores that are not from 0 to 1 are omitted and counted', () => {
    const control = outcomes(6, 'a', 0, 60_000, 0.9)
    const candidate = withValues(outcomes(7, 'b', 0, 60_000, 0.9), [Number.NaN, 2, -1])
    const past = { control: outcomes(8, 'a', -300_000, 0, 0.9), candidate: outcomes(9, 'b', -300_000, 0, 0.9) }
    const judged = look({ control, candidate }, { metric: success, history: past })
    expect(judged.samples.candidate).toBe(candidate.length - 3)
    expect(judged.reason).toContain('3 unusable samples were omitted')
  })

  test('if all calls fail where all succeeded, that is harm, although the values are constant', () => {
    const past = { control: outcomes(8, 'a', -300_000, 0, 1), candidate: outcomes(9, 'b', -300_000, 0, 1) }
    const since = { control: outcomes(10, 'a', 0, 60_000, 1), candidate: outcomes(11, 'b', 0, 60_000, 0) }
    expect(look(since, { metric: success, history: past }).decision).toBe('roll-back')
  })

  test('an arm with many unusable samples gets no verdict, however clear the rest is', () => {
    const candidate = withValues(
      slow,
      Array.from({ length: slow.length / 2 }, () => -1),
    )
    expect(look({ ...usual, candidate })).toMatchObject({ decision: 'undecided', effect: null })
  })

  test('unusable samples of the history are omitted and counted too', () => {
    const past = { ...history, candidate: withValues(history.candidate, [Number.NaN, -1]) }
    expect(look(usual, { history: past })).toEqual({ ...look(usual), reason: expect.stringContaining('2 unusable samples') })
  })

  test.each<[string, unknown]>([
    ['a sample without a time', [{ at: Number.NaN, value: 800, instance: 'b' }]],
    ['a sample without an instance', [{ at: 1, value: 800 }]],
    ['an arm that is missing', undefined],
  ])('%s is refused', (_, candidate) => {
    const since = { ...usual, candidate: candidate as Sample[] }
    expect(codeOf(() => look(since))).toBe('unusable-samples')
    expect(codeOf(() => look(usual, { history: since }))).toBe('unusable-samples')
  })

  test('arms of very different sizes are judged over the period that both cover', () => {
    const candidate = slow.slice(0, 12)
    expect(look({ control: requests(12, 'a', 0, 60_000, {}, 20), candidate }).samples.candidate).toBe(12)
  })

  test('histories that do not overlap are ignored', () => {
    const long = { control: requests(1, 'a', -900_000, -600_000, {}), candidate: history.candidate }
    const none = { control: [], candidate: [] }
    expect(look(usual, { history: long })).toEqual(look(usual, { history: none }))
  })

  test.each([
    { maxSamples: 9 },
    { maxSamples: 50.5 },
    { maxSamples: Number.NaN },
    { alpha: 0 },
    { alpha: 0.7 },
    { minEffect: -0.1 },
    { minEffect: Number.NaN },
    { quantile: 1 },
    { quantile: 0.9, metric: success },
    { quantile: 0.9, design: 'before-after' as const },
    { design: 'sideways' as 'concurrent' },
    { metric: { ...latency, kind: 'ratio' as 'proportion' } },
    { metric: { ...latency, direction: 'up' as 'lower' } },
  ])('the options %o are refused', (options) => {
    expect(codeOf(() => look(usual, options))).toBe('unusable-options')
  })
})
