import { describe, expect, test } from 'vitest'
import { averageEffects } from '../../../src/analysis/judging/effect.ts'
import {
  createJudge,
  createTrialJudge,
  createUsualGoal,
  type JudgedMetric,
  type LookSamples,
  type SwitchbackBlock,
} from '../../../src/analysis/judging/index.ts'
import { OptimizerError } from '../../../src/model/errors.ts'
import type { Arm, Sample } from '../../../src/model/trial.ts'
import { type Behaviour, outcomes, requests } from './arms.ts'
import { random } from './random.ts'

const latency: JudgedMetric = { name: 'response time', direction: 'lower', kind: 'continuous' }
const success: JudgedMetric = { name: 'success', direction: 'higher', kind: 'proportion' }
const HISTORY_MS = 300_000
const BLOCK_MS = 5_000
const PAIRS = 25

function schedule(seed: number): SwitchbackBlock[] {
  const { uniform } = random(seed)
  return Array.from({ length: PAIRS }, (_, pair) => {
    const arms: Arm[] = uniform() < 0.5 ? ['control', 'candidate'] : ['candidate', 'control']
    return arms.map((arm, i) => ({ arm, from: (2 * pair + i) * BLOCK_MS, to: (2 * pair + i + 1) * BLOCK_MS }))
  }).flat()
}

/** One instance that switches, watched after every pair of blocks. */
function watch(
  seed: number,
  metric: JudgedMetric,
  sample: (from: number, to: number, arm: Arm, salt: number) => Sample[],
  known = true,
  summary: 'mean' | undefined = undefined,
) {
  const blocks = schedule(seed)
  const past = known ? sample(-HISTORY_MS, 0, 'control', 1) : []
  const judge = createJudge({
    metric,
    summary,
    design: 'switchback',
    history: { control: past, candidate: past },
    maxSamples: 100,
  })
  const of = (arm: Arm) => {
    const all = sample(0, PAIRS * 2 * BLOCK_MS, arm, 2)
    return blocks.flatMap((block) => (block.arm === arm ? all.filter(({ at }) => at >= block.from && at < block.to) : []))
  }
  const arms = { control: of('control'), candidate: of('candidate') }
  for (let n = 2; ; n += 2) {
    const now = n * BLOCK_MS
    const until = (samples: Sample[]) => samples.filter(({ at }) => at < now)
    const seen = { control: until(arms.control), candidate: until(arms.candidate), blocks: blocks.slice(0, n) }
    const look = judge.look(seen, { final: n === blocks.length })
    if (look.decision !== 'continue') return look
  }
}
const times = (seed: number, change: Partial<Behaviour>, usual: Partial<Behaviour> = {}, known = true) =>
  watch(
    seed,
    latency,
    (from, to, arm, salt) => requests(seed * 10 + salt, 'only', from, to, arm === 'candidate' ? { ...usual, ...change } : usual),
    known,
  )
const successes = (seed: number, changed: number) =>
  watch(seed, success, (from, to, arm, salt) =>
    outcomes(seed * 10 + salt + 2 * Number(arm === 'candidate'), 'only', from, to, arm === 'candidate' ? changed : 0.9),
  )
function shares(count: number, run: (seed: number) => { decision: string }) {
  const looks = Array.from({ length: count }, (_, seed) => run(seed))
  const share = (decision: string) => looks.filter((look) => look.decision === decision).length / count
  return { rolledBack: share('roll-back'), kept: share('keep') }
}
const drifting: Partial<Behaviour> = { load: (at) => Math.exp(0.3 * Math.sin(at / 60_000)) }

describe('judging one instance that switches between two settings', () => {
  test.each<[string, (seed: number) => { decision: string }]>([
    ['that does nothing', (seed) => times(seed, {})],
    ['that does nothing while the load comes and goes', (seed) => times(seed, {}, drifting)],
    ['that does nothing, without a history', (seed) => times(seed, {}, {}, false)],
    ['that leaves successes as they are', (seed) => successes(seed, 0.9)],
  ])('a change %s is rarely rolled back and hardly ever kept', (_, run) => {
    const { rolledBack, kept } = shares(150, run)
    // 5 % and 2.5 % are allowed; the bounds leave room for chance (three standard deviations).
    expect(rolledBack).toBeLessThan(0.105)
    expect(kept).toBeLessThan(0.065)
  })

  test('clear harm is rolled back and a clear gain kept, however the load drifts', () => {
    expect(shares(40, (seed) => times(seed, { medianMs: 1_200 }, drifting)).rolledBack).toBeGreaterThan(0.9)
    expect(shares(40, (seed) => times(seed, { medianMs: 520 }, drifting)).kept).toBeGreaterThan(0.9)
    expect(shares(40, (seed) => successes(seed, 0.55)).rolledBack).toBeGreaterThan(0.9)
  })

  test('slow executions that come in bursts are one event each, not many', () => {
    const { normal } = random(7)
    const blocks = schedule(7)
    const isIn = (bursts: readonly SwitchbackBlock[]) => (at: number) => bursts.some(({ from, to }) => at >= from && at < to)
    const work = (from: number, to: number, slower: (at: number) => number): Sample[] =>
      Array.from({ length: (to - from) / 250 }, (_, i) => from + 250 * i).map((at) =>
        sample(at, 400 * slower(at) * Math.exp(0.3 * normal())),
      )
    const past = work(-HISTORY_MS, 0, (at) => (at % 80_000 > -BLOCK_MS ? 4 : 1))
    const judge = createJudge({
      metric: latency,
      design: 'switchback',
      history: { control: past, candidate: past },
      maxSamples: 400,
    })
    const lookWith = (slower: (at: number) => number) => {
      const of = (arm: Arm) => blocks.flatMap((block) => (block.arm === arm ? work(block.from, block.to, slower) : []))
      return judge.look({ control: of('control'), candidate: of('candidate'), blocks }, { final: true })
    }
    const candidates = blocks.filter(({ arm }) => arm === 'candidate')
    // Three bursts, all of which happen to hit the candidate.
    const unlucky = isIn([candidates[4]!, candidates[11]!, candidates[19]!])
    expect(lookWith((at) => (unlucky(at) ? 4 : 1)).decision).toBe('undecided')
    // A tenth of its executions is slow, in every block.
    const isCandidate = isIn(candidates)
    expect(lookWith((at) => (isCandidate(at) && at % 2_500 === 2_000 ? 8 : 1)).reason).toBe(
      'the slow tail of response time is worse',
    )
  })

  test('what adds up is judged by its mean, whichever way is better', () => {
    const revenue: JudgedMetric = { name: 'revenue', direction: 'higher', kind: 'continuous' }
    const verdictOf = (metric: JudgedMetric, seed: number) => {
      const { uniform, normal } = random(seed)
      // Most are zeros; the others are three times as large with the change.
      const worth = (factor: number) => (uniform() < 0.6 ? 0 : factor * Math.exp(0.5 * normal()))
      const amounts = (from: number, to: number, arm: Arm) =>
        Array.from({ length: (to - from) / 400 }, (_, i) => sample(from + 400 * i, worth(arm === 'candidate' ? 3 : 1)))
      return watch(seed, metric, amounts, true, 'mean').decision
    }
    for (const seed of [1, 2, 3]) {
      expect(verdictOf(revenue, seed)).toBe('keep')
      expect(verdictOf({ ...revenue, name: 'cost', direction: 'lower' }, seed)).toBe('roll-back')
    }
  })

  const sample = (at: number, value = 1_000 + at): Sample => ({ at, value, instance: 'only' })
  const codeOf = (samples: LookSamples) => {
    const none = { control: [], candidate: [] }
    try {
      createJudge({ metric: latency, design: 'switchback', history: none, maxSamples: 100 }).look(samples)
    } catch (error) {
      if (error instanceof OptimizerError) return error.code
      throw error
    }
  }
  test.each<[string, SwitchbackBlock[] | undefined]>([
    ['without blocks', undefined],
    [
      'in blocks of one arm alone',
      [
        { arm: 'control', from: 0, to: 5 },
        { arm: 'control', from: 5, to: 10 },
      ],
    ],
    [
      'in blocks that overlap',
      [
        { arm: 'control', from: 0, to: 6 },
        { arm: 'candidate', from: 5, to: 10 },
      ],
    ],
    [
      'in blocks without a length',
      [
        { arm: 'control', from: 0, to: 0 },
        { arm: 'candidate', from: 5, to: 10 },
      ],
    ],
  ])('samples %s are refused', (_, blocks) => {
    expect(codeOf({ control: [sample(1)], candidate: [sample(7)], blocks })).toBe('unusable-samples')
  })

  test('the first sample after a switch, and work that started under the other setting, do not count', () => {
    const within = (from: number) => Array.from({ length: 5 }, (_, i) => sample(from + i))
    const blocks: SwitchbackBlock[] = [
      { arm: 'control', from: 0, to: 10 },
      { arm: 'candidate', from: 10, to: 20 },
    ]
    const judge = createJudge({ metric: latency, design: 'switchback', history: { control: [], candidate: [] }, maxSamples: 100 })
    const look = judge.look({ control: [...within(0), sample(11)], candidate: within(12), blocks })
    expect(look.samples).toEqual({ control: 4, candidate: 4 })
  })
})

describe('the effect that is shown of so few pairs that their noise is hardly known', () => {
  const look = (pairs: number) => {
    const work = (from: number, count: number, failing: (i: number) => boolean) =>
      Array.from({ length: count }, (_, i) => {
        const at = from + 10 * i
        return { at, instance: 'only', durationMs: failing(i) ? 300 : 100, success: !failing(i) }
      })
    const observed = (arm: Arm) => ({
      executions: blocks
        .filter((block) => block.arm === arm)
        .flatMap(({ from }, pair) => work(from, 13, (i) => (arm === 'candidate' ? i === 1 : i < 4 + 9 * pair))),
      negotiations: [],
    })
    const blocks = Array.from({ length: 2 * pairs }, (_, i): SwitchbackBlock => {
      return { arm: i % 2 === 0 ? 'control' : 'candidate', from: 1_000 * i, to: 1_000 * (i + 1) }
    })
    const past = { executions: work(-1_000, 10, (i) => i === 3), negotiations: [] }
    const history = { control: past, candidate: past }
    const judge = createTrialJudge({ goal: createUsualGoal('successRate'), design: 'switchback', history, maxSamples: 160 })
    return judge.look({ control: observed('control'), candidate: observed('candidate'), blocks }, { final: true })
  }

  test('has no limits after one pair', () => {
    const { improvement, interval, decision } = look(1)
    expect(improvement).toBeGreaterThan(0)
    expect(interval).toBeNull()
    expect(decision).toBe('undecided')
  })

  test('moves a share by 100 points at most', () => {
    expect(look(2).interval).toEqual([-100, 100])
  })

  test('proves nothing, and is a number', () => {
    const { estimate, harm, gain, interval } = averageEffects([{ value: 2, variance: Number.NaN, logWeight: 0 }], 0)
    expect({ estimate, harm, gain }).toEqual({ estimate: 2, harm: 1, gain: 1 })
    expect(interval(0.01)).toEqual([-Infinity, Infinity])
  })
})
