import { describe, expect, test } from 'vitest'
import { createJudge, type JudgeOptions, type LookResult } from '../../../src/analysis/judging/index.ts'
import type { ArmSamples } from '../../../src/model/trial.ts'
import { type Behaviour, outcomes, requests } from './arms.ts'

const HISTORY_MS = 300_000
const TRIAL_MS = 150_000
const repetitions = 100
const latency = { name: 'response time', direction: 'lower', kind: 'continuous' } as const
const success = { name: 'success', direction: 'higher', kind: 'proportion' } as const

interface Case {
  change?: Partial<Behaviour>
  candidate?: Partial<Behaviour>
  everybody?: Partial<Behaviour>
  controls?: number
}

/** One candidate instance beside some controls, watched every 10 seconds. */
function trial(seed: number, { change = {}, candidate = {}, everybody = {}, controls = 2 }: Case) {
  const control = (from: number, to: number, salt: number) =>
    Array.from({ length: controls }, (_, i) => requests(seed * 100 + salt + i, `control-${i}`, from, to, everybody)).flat()
  const own = { ...everybody, ...candidate }
  return watch(
    {
      metric: latency,
      design: 'concurrent',
      history: { control: control(-HISTORY_MS, 0, 0), candidate: requests(seed * 100 + 50, 'candidate', -HISTORY_MS, 0, own) },
      maxSamples: 100,
    },
    { control: control(0, TRIAL_MS, 20), candidate: requests(seed * 100 + 51, 'candidate', 0, TRIAL_MS, { ...own, ...change }) },
  )
}

function successTrial(seed: number, usual: number, changed: number) {
  const both = (from: number, to: number, salt: number, share: number) => ({
    control: outcomes(seed * 100 + salt, 'control', from, to, usual),
    candidate: outcomes(seed * 100 + salt + 1, 'candidate', from, to, share),
  })
  return watch(
    { metric: success, design: 'concurrent', history: both(-HISTORY_MS, 0, 0, usual), maxSamples: 100 },
    both(0, TRIAL_MS, 10, changed),
  )
}

function watch(options: JudgeOptions, all: ArmSamples): LookResult {
  const judge = createJudge(options)
  for (let now = 10_000; ; now += 10_000) {
    const soFar = {
      control: all.control.filter((sample) => sample.at <= now),
      candidate: all.candidate.filter((sample) => sample.at <= now),
    }
    const look = judge.look(soFar, { final: now >= TRIAL_MS })
    if (look.decision !== 'continue') return look
  }
}

function shares(run: (seed: number) => LookResult, times = repetitions) {
  const looks = Array.from({ length: times }, (_, seed) => run(seed))
  const share = (decision: LookResult['decision']) => looks.filter((look) => look.decision === decision).length / times
  return { looks, rolledBack: share('roll-back'), kept: share('keep'), undecided: share('undecided') }
}

const harmless: [string, Case][] = [
  ['that does nothing', {}],
  ['on an instance slower by nature', { candidate: { medianMs: 1_000 } }],
  ['on an instance faster by nature', { candidate: { medianMs: 640 } }],
  ['while the load comes and goes', { everybody: { load: (at) => 1 + 0.25 * Math.sin(at / 60_000) } }],
  ['at whose beginning everything gets slower', { everybody: { load: (at) => (at > 0 ? 1.2 : 1) } }],
  ['beside a single control', { controls: 1 }],
]

describe('judging response times of a candidate next to controls', () => {
  test.each(harmless)('a change %s is rarely rolled back and hardly ever kept', (_, circumstances) => {
    const { rolledBack, kept } = shares((seed) => trial(seed, circumstances))
    // 5% and 2.5% are allowed; the bounds leave room for chance (three standard deviations).
    expect(rolledBack).toBeLessThan(0.12)
    expect(kept).toBeLessThan(0.08)
  })

  test('a clear gain is kept, with an interval that excludes zero', () => {
    const { looks, kept } = shares((seed) => trial(seed, { change: { medianMs: 560 } }))
    expect(kept).toBeGreaterThan(0.9)
    for (const look of looks.filter(({ decision }) => decision === 'keep')) expect(look.interval![1]).toBeLessThan(0)
  })

  test('a clear harm is rolled back early and never kept', () => {
    const { looks, rolledBack, kept } = shares((seed) => trial(seed, { change: { medianMs: 1_200 } }))
    expect(rolledBack).toBeGreaterThan(0.95)
    expect(kept).toBe(0)
    const samples = looks.map((look) => look.samples.candidate).sort((a, b) => a - b)
    expect(samples[repetitions / 2]).toBeLessThanOrEqual(40)
  })

  test('harm to the slowest requests only is found', () => {
    expect(shares((seed) => trial(seed, { change: { outliers: 0.2 } })).rolledBack).toBeGreaterThan(0.85)
  })

  test('a gain that some requests have is no harm to the others while everything has become three times as slow', () => {
    const everybody = { load: (at: number) => (at > 0 ? 3.2 : 1) }
    const { rolledBack, kept } = shares((seed) => trial(seed, { everybody, change: { medianMs: 560, hits: 0.4 }, controls: 1 }))
    expect(rolledBack).toBeLessThan(0.05)
    expect(kept).toBeGreaterThan(0.9)
  })

  test('more controls find more', () => {
    const change = { medianMs: 960 }
    const few = shares((seed) => trial(seed, { change, controls: 1 })).rolledBack
    const many = shares((seed) => trial(seed, { change, controls: 6 })).rolledBack
    expect(many).toBeGreaterThan(few)
  })

  test('without history, a gain too large for a difference between instances is kept, and a smaller one is not', () => {
    const judged = (medianMs: number) => {
      const control = requests(1, 'control', 0, TRIAL_MS, {})
      const candidate = requests(2, 'candidate', 0, TRIAL_MS, { medianMs })
      const history = { control: [], candidate: [] }
      return watch({ metric: latency, design: 'concurrent', history, maxSamples: 100 }, { control, candidate }).decision
    }
    expect(judged(200)).toBe('keep')
    expect(judged(640)).toBe('undecided')
  })

  test('looking more often does not change the verdict', () => {
    const control = requests(5, 'control', -HISTORY_MS, TRIAL_MS, {})
    const candidate = requests(6, 'candidate', -HISTORY_MS, 0, {})
    const since = {
      control: control.filter(({ at }) => at >= 0),
      candidate: requests(7, 'candidate', 0, TRIAL_MS, { medianMs: 1_100 }),
    }
    const history = { control: control.filter(({ at }) => at < 0), candidate }
    const verdicts = [1, 5].map((every) => {
      const judge = createJudge({ metric: latency, design: 'concurrent', history, maxSamples: 100 })
      for (let n = 10; ; n += every) {
        const look = judge.look({ control: since.control.slice(0, n), candidate: since.candidate.slice(0, n) })
        if (look.decision !== 'continue') return look.decision
      }
    })
    expect(verdicts[0]).toBe(verdicts[1])
  })

  test('a last look spends what is left of the error rate, at a planned look as between two', () => {
    const history = { control: requests(8, 'a', -HISTORY_MS, 0, {}), candidate: requests(9, 'b', -HISTORY_MS, 0, {}) }
    const since = { control: requests(10, 'a', 0, TRIAL_MS, {}), candidate: requests(11, 'b', 0, TRIAL_MS, {}) }
    const judge = createJudge({ metric: latency, design: 'concurrent', history, maxSamples: 100 })
    const width = (n: number, final: boolean) => {
      const first = { control: since.control.slice(0, n), candidate: since.candidate.slice(0, n) }
      const [low, high] = judge.look(first, { final }).interval!
      return high - low
    }
    expect(width(60, true)).toBeLessThan(0.9 * width(60, false))
    expect(width(60, true) / width(59, true)).toBeCloseTo(1, 1)
  })

  test('the same samples in another order give the same look', () => {
    const history = { control: requests(8, 'a', -HISTORY_MS, 0, {}), candidate: requests(9, 'b', -HISTORY_MS, 0, {}) }
    const since = { control: requests(10, 'a', 0, 60_000, {}), candidate: requests(11, 'b', 0, 60_000, { medianMs: 900 }) }
    const options = { metric: latency, design: 'concurrent', maxSamples: 100 } as const
    const turned = (arms: ArmSamples) => ({ control: arms.control.toReversed(), candidate: arms.candidate.toReversed() })
    const look = createJudge({ ...options, history }).look(since)
    expect(createJudge({ ...options, history: turned(history) }).look(turned(since))).toEqual(look)
  })
})

describe('judging successes of a candidate next to a control', () => {
  test('a change without effect is rarely rolled back and hardly ever kept', () => {
    const { rolledBack, kept } = shares((seed) => successTrial(seed, 0.9, 0.9))
    expect(rolledBack).toBeLessThan(0.12)
    expect(kept).toBeLessThan(0.08)
  })

  test('many more failures are rolled back', () => {
    expect(shares((seed) => successTrial(seed, 0.95, 0.7)).rolledBack).toBeGreaterThan(0.9)
  })

  test('far fewer failures are kept, with the gain in shares', () => {
    const { looks, kept } = shares((seed) => successTrial(seed, 0.6, 0.95))
    expect(kept).toBeGreaterThan(0.9)
    for (const { decision, interval } of looks) if (decision === 'keep') expect(interval![0]).toBeGreaterThan(0)
  })

  test('one failure after none in history proves nothing', () => {
    const history = { control: outcomes(1, 'a', -HISTORY_MS, 0, 1), candidate: outcomes(2, 'b', -HISTORY_MS, 0, 1) }
    const candidate = outcomes(4, 'b', 0, 30_000, 1)
    candidate[3]!.value = 0
    const judge = createJudge({ metric: success, design: 'concurrent', history, maxSamples: 100 })
    expect(judge.look({ control: outcomes(3, 'a', 0, 30_000, 1), candidate }).decision).toBe('continue')
  })
})

describe('judging one instance before and after a change', () => {
  const before = (seed: number, load: Behaviour['load']) => requests(seed, 'only', -HISTORY_MS, 0, { load })
  const judged = (seed: number, medianMs: number, load: Behaviour['load'] = () => 1) => {
    const history = before(seed, load)
    return watch(
      { metric: latency, design: 'before-after', history: { control: history, candidate: history }, maxSamples: 100 },
      { control: history, candidate: requests(seed + 1_000, 'only', 0, TRIAL_MS, { medianMs, load }) },
    )
  }

  test('a change without effect is rarely rolled back and hardly ever kept, even while the load varies', () => {
    const load = (seed: number) => (at: number) => 1 + (seed % 2) * 0.2 * Math.sin(at / 60_000 + seed)
    const { rolledBack, kept } = shares((seed) => judged(seed, 800, load(seed)), 60)
    expect(rolledBack).toBeLessThan(0.135)
    expect(kept).toBeLessThan(0.09)
  })

  test('harm is distinguished from a varying load', () => {
    const load = (seed: number) => (at: number) => 1 + 0.25 * Math.sin(at / 25_000 + seed)
    expect(shares((seed) => judged(seed, 1_200, load(seed)), 25).rolledBack).toBeGreaterThan(0.5)
    expect(shares((seed) => judged(seed, 800, load(seed)), 50).rolledBack).toBeLessThan(0.145)
  })

  test('a clear gain is kept and a clear harm rolled back', () => {
    expect(shares((seed) => judged(seed, 520), 25).kept).toBeGreaterThan(0.85)
    expect(shares((seed) => judged(seed, 1_200), 25).rolledBack).toBeGreaterThan(0.9)
  })
})

test('an undecided look says which size of effect was not proven, because a smaller one may be certain', () => {
  const looks = Array.from({ length: 5 }, (_, seed) => trial(seed, { change: { medianMs: 800 } }))
  const undecided = looks.filter(({ decision }) => decision === 'undecided')
  expect(new Set(undecided.map(({ reason }) => reason))).toEqual(
    new Set(['an effect of at least 5% on response time was not proven']),
  )
  expect(successTrial(1, 0.9, 0.9).reason).toBe('an effect of at least 2 points on success was not proven')
})
