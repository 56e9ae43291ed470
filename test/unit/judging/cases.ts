/** Trials of the kinds that go wrong on real data, with the verdict that is right. */
import {
  type ArmObservations,
  createTrialJudge,
  createUsualGoal,
  type ObservationsByArm,
  type SwitchbackBlock,
  toTrialMetric,
  toWeightedSum,
} from '../../../src/analysis/judging/index.ts'
import { createCatalogue, findBuiltInMetric, getMetric, toKindAndDirection } from '../../../src/model/metric.ts'
import { getQuantileName } from '../../../src/model/quantile.ts'
import type { Arm, Judgement, TrialDesign } from '../../../src/model/trial.ts'
import { type Random, random } from './random.ts'

type Execution = ArmObservations['executions'][number]

/** The executions of an instance: one every so many milliseconds, each made by its number and its time. */
interface Work {
  everyMs?: number
  make: (random: Random, k: number, at: number) => Omit<Execution, 'at' | 'instance'>
}

export interface Case {
  name: string
  target: 'responseTime' | 'successRate' | 'costUsd' | 'qualityScore' | 'weightedSum'
  /** The quantile of the target that is to be improved. */
  quantile?: number
  usual: Work
  changed: Work
  /** The candidate before the change, if it is unlike the control. */
  unlike?: Work
  /** Both arms before the change, if their work has changed for other reasons. */
  past?: Work
  maxSamples?: number
  /** Executions of each instance before; 400 by default. */
  history?: number
  /** Of one instance, before and after the change, or switching back and forth; of two side by side by default. */
  design?: TrialDesign
  right: 'kept' | 'rolled back' | 'not kept' | 'neither'
}

/** Response time and profit count the same; 400 ms and 1 USD are usual. */
const catalogue = createCatalogue([{ name: 'profitUsd', kind: 'continuous', direction: 'higher', unit: 'USD', description: '' }])
const weightedSum = toWeightedSum(
  { responseTime: { weight: 0.5, reference: 400 }, profitUsd: { weight: 0.5, reference: 1 } },
  (name) => toKindAndDirection(getMetric(catalogue, name)),
)

const EVERY_MS = 500
/** Executions of a block of a switchback trial. */
const BLOCK = 16
const lognormal = ({ normal }: Random, median: number, sigma = 0.3) => median * Math.exp(sigma * normal())

/** Plays a trial to its verdict. `lookEvery`: in samples of the control. */
export function playCase(
  {
    target,
    quantile,
    usual,
    changed,
    past: before = usual,
    unlike = before,
    maxSamples = 160,
    history = 400,
    design = 'concurrent',
  }: Case,
  seed: number,
  lookEvery = 5,
): Judgement {
  const dice = random(seed)
  const observe = (work: Work, instance: string, from: number, to: number): ArmObservations => {
    const { everyMs = EVERY_MS, make } = work
    const executions: Execution[] = []
    for (let at = from, k = 0; at < to; at += everyMs, k++) executions.push({ at, instance, ...make(dice, k, at) })
    return { executions, negotiations: [] }
  }
  const everyMs = usual.everyMs ?? EVERY_MS
  const isSwitchback = design === 'switchback'
  const end = (isSwitchback ? 2.6 : 1.3) * maxSamples * everyMs
  const isConcurrent = design === 'concurrent'
  // The control is the work of one instance right before the change, and the history its work before that.
  const since = design === 'before-after' ? -maxSamples * everyMs : 0
  const none: ArmObservations = { executions: [], negotiations: [] }
  const past = {
    control: observe(before, 'a', since - history * everyMs, since),
    candidate: isConcurrent ? observe(unlike, 'b', -history * everyMs, 0) : none,
  }
  const blocks = isSwitchback ? alternate(dice, BLOCK * everyMs, end) : undefined
  const during = (arm: Arm, work: Work): ArmObservations => ({
    executions: blocks!.flatMap((block) => (block.arm === arm ? observe(work, 'a', block.from, block.to).executions : [])),
    negotiations: [],
  })
  const all = isSwitchback
    ? { control: during('control', usual), candidate: during('candidate', changed) }
    : {
        control: observe(usual, 'a', since, isConcurrent ? end : 0),
        candidate: observe(changed, isConcurrent ? 'b' : 'a', 0, end),
      }
  const metric = target === 'weightedSum' ? weightedSum : toTrialMetric(findBuiltInMetric(getQuantileName(target, quantile))!)
  const judge = createTrialJudge({ goal: createUsualGoal(metric), design, history: past, maxSamples })
  const until = (now: number): ObservationsByArm => ({
    control: { executions: all.control.executions.filter(({ at }) => at <= now), negotiations: [] },
    candidate: { executions: all.candidate.executions.filter(({ at }) => at <= now), negotiations: [] },
    ...(blocks && { blocks: blocks.filter((_, i) => blocks[i | 1]!.to <= now) }),
  })
  for (let now = 10 * everyMs; ; now += lookEvery * everyMs) {
    const judgement = judge.look(until(now), { final: now >= end })
    if (judgement.decision !== 'continue') return judgement
  }
}

/** Blocks of both arms in turn, in random order within each pair. */
function alternate({ uniform }: Random, blockMs: number, end: number): SwitchbackBlock[] {
  const blocks: SwitchbackBlock[] = []
  for (let from = 0; from + 2 * blockMs <= end; from += 2 * blockMs) {
    const arms: Arm[] = uniform() < 0.5 ? ['control', 'candidate'] : ['candidate', 'control']
    blocks.push(...arms.map((arm, i) => ({ arm, from: from + i * blockMs, to: from + (i + 1) * blockMs })))
  }
  return blocks
}

export function isRight({ right }: Case, { decision }: Judgement): boolean {
  if (right === 'kept') return decision === 'keep'
  if (right === 'rolled back') return decision === 'roll-back'
  return right === 'not kept' ? decision !== 'keep' : decision === 'undecided'
}

/** Executions whose times and outcomes are independent. */
const work = (
  ms: (random: Random, k: number) => number,
  { ok = 0.95, ...rest }: { ok?: number | ((k: number) => number); everyMs?: number } = {},
): Work => ({
  ...rest,
  make: (random, k) => ({
    durationMs: ms(random, k),
    success: random.uniform() < (typeof ok === 'number' ? ok : ok(k)),
  }),
})
const plain = (median: number, options?: Parameters<typeof work>[1]) => work((random) => lognormal(random, median), options)
const twoModes =
  (share: number, slow: number, fast = 100) =>
  (random: Random) =>
    lognormal(random, random.uniform() < share ? slow : fast, 0.2)
const rounded = (step: number, median: number) => (random: Random) =>
  Math.max(step, Math.round(lognormal(random, median, 0.2) / step) * step)
const zeros =
  (share: number, median = 4) =>
  (random: Random) =>
    random.uniform() < share ? 0 : Math.ceil(lognormal(random, median, 0.4))
const typed = (pings: number, factor = 1): Work => ({
  make(random) {
    const isPing = random.uniform() < pings
    return {
      type: isPing ? 'ping' : 'scan',
      durationMs: lognormal(random, (isPing ? 20 : 4_000) * factor, 0.2),
      success: random.uniform() < (isPing ? 0.99 : 0.8),
    }
  },
})
/** The same, of many types of either sort. */
const manyTyped = (pings: number): Work => ({
  make(random, k, at) {
    const execution = typed(pings).make(random, k, at)
    return { ...execution, type: `${execution.type} ${Math.floor(24 * random.uniform())}` }
  },
})
const untyped = ({ make }: Work): Work => ({ make: (random, k, at) => ({ ...make(random, k, at), type: null }) })
/** A share of executions fails, after a time of its own. */
const failing = (share: number, failureMs: number, medianMs = 400): Work => ({
  make(random) {
    const success = random.uniform() >= share
    return { success, durationMs: success ? lognormal(random, medianMs) : lognormal(random, failureMs, 0.1) }
  },
})
const HOUR = 3_600_000
/** Few executions, at all hours, slower and less successful at noon than at night. */
const daily = (median: number, everyMs = HOUR): Work => ({
  everyMs,
  make(random, _, at) {
    const noon = Math.sin((2 * Math.PI * at) / (24 * HOUR))
    return { durationMs: lognormal(random, median * (1 + 0.5 * noon)), success: random.uniform() < 0.9 - 0.08 * noon }
  },
})
const reporting = (metrics: (random: Random) => Record<string, number>): Work => ({
  make: (random) => ({ durationMs: lognormal(random, 400), success: random.uniform() < 0.95, metrics: metrics(random) }),
})
const cost = (share: number, factor = 1) =>
  reporting((random) => ({ costUsd: random.uniform() < share ? 0 : lognormal(random, 0.002 * factor, 0.8) }))
/** A profit of `size` from this share of the executions, and none from the others. */
const profit = (share: number, size: number) => reporting(({ uniform }) => ({ profitUsd: uniform() < share ? size : 0 }))
const score = (mean: number) => reporting(({ normal }) => ({ qualityScore: Math.min(1, Math.max(0, mean + 0.15 * normal())) }))
const grade = (shares: [number, number]) =>
  reporting(({ uniform }) => {
    const at = uniform()
    return { qualityScore: at < shares[0] ? 0 : at < shares[1] ? 0.5 : 1 }
  })

const time = (name: string, usual: Work, changed: Work, right: Case['right'], rest: Partial<Case> = {}): Case => ({
  name,
  target: 'responseTime',
  usual,
  changed,
  right,
  ...rest,
})
const success = (name: string, usual: Work, changed: Work, right: Case['right'], rest: Partial<Case> = {}): Case => ({
  ...time(name, usual, changed, right, rest),
  target: 'successRate',
})
/** One instance, before and after the change. */
const alone: Partial<Case> = { design: 'before-after' }
/** One instance that switches back and forth. */
const switching: Partial<Case> = { design: 'switchback' }

/** The kinds of issue, each with its cases. */
export const cases: Record<string, Case[]> = {
  'the slow tail': [
    time('30% are slow and become ten times slower', work(twoModes(0.3, 1_000)), work(twoModes(0.3, 10_000)), 'rolled back'),
    time('10% are slow and become twice as slow', work(twoModes(0.1, 1_000)), work(twoModes(0.1, 2_000)), 'rolled back'),
    time(
      'the rest 25% faster, the slow ones ten times slower',
      work(twoModes(0.2, 1_000)),
      work(twoModes(0.2, 10_000, 75)),
      'not kept',
    ),
    time(
      'the rest 25% faster, the slow ones 25% instead of 10%',
      work(twoModes(0.1, 1_000)),
      work(twoModes(0.25, 1_000, 75)),
      'not kept',
    ),
    success(
      'more successes, the slow ones 25% instead of 10%',
      work(twoModes(0.1, 1_000), { ok: 0.6 }),
      work(twoModes(0.25, 1_000), { ok: 0.9 }),
      'not kept',
    ),
    success(
      'more successes, the slow ones ten times slower',
      work(twoModes(0.3, 1_000), { ok: 0.6 }),
      work(twoModes(0.3, 10_000), { ok: 0.9 }),
      'not kept',
    ),
    time('30% are slow and become four times faster', work(twoModes(0.3, 1_000)), work(twoModes(0.3, 250)), 'kept'),
  ],
  'the slow tail of one instance': [
    time('nothing changes', work(twoModes(0.3, 1_000)), work(twoModes(0.3, 1_000)), 'neither', alone),
    time(
      '30% are slow and become ten times slower',
      work(twoModes(0.3, 1_000)),
      work(twoModes(0.3, 10_000)),
      'rolled back',
      alone,
    ),
    time(
      'the rest 25% faster, the slow ones ten times slower',
      work(twoModes(0.2, 1_000)),
      work(twoModes(0.2, 10_000, 75)),
      'not kept',
      alone,
    ),
    success(
      'more successes, the slow ones ten times slower',
      work(twoModes(0.3, 1_000), { ok: 0.6 }),
      work(twoModes(0.3, 10_000), { ok: 0.9 }),
      'not kept',
      alone,
    ),
  ],
  'one instance, switchback': [
    time(
      'the rest 25% faster, the slow ones 25% instead of 10%',
      work(twoModes(0.1, 1_000)),
      work(twoModes(0.25, 1_000, 75)),
      'not kept',
      switching,
    ),
    time(
      '303 ms become 410 ms',
      work(() => 303),
      work(() => 410),
      'rolled back',
      switching,
    ),
    time(
      '410 ms become 303 ms',
      work(() => 410),
      work(() => 303),
      'kept',
      switching,
    ),
    success('more pings, success rates unchanged', typed(0.3), typed(0.7), 'neither', switching),
    success('fewer pings, success rates unchanged', typed(0.7), typed(0.3), 'neither', switching),
    time('fewer pings, each 40% faster', typed(0.7), typed(0.3, 0.6), 'kept', switching),
  ],
  'values with little or no spread': [
    time(
      '303 ms become 410 ms',
      work(() => 303),
      work(() => 410),
      'rolled back',
    ),
    time(
      '410 ms become 303 ms',
      work(() => 410),
      work(() => 303),
      'kept',
    ),
    time(
      'everything times out',
      plain(400),
      work(() => 30_000),
      'rolled back',
    ),
    success(
      'more successes, all cached at 1 ms',
      work(() => 1, { ok: 0.6 }),
      work(() => 1, { ok: 0.9 }),
      'kept',
    ),
    time('rounded to 10 ms, nothing changes', work(rounded(10, 12)), work(rounded(10, 12)), 'neither'),
    time('rounded to 10 ms, half as long', work(rounded(10, 24)), work(rounded(10, 12)), 'kept'),
    time(
      '606 ms become 303 ms, without a history',
      work(() => 606),
      work(() => 303),
      'kept',
      { history: 0 },
    ),
  ],
  'values without spread of one instance': [
    time(
      '303 ms become 410 ms',
      work(() => 303),
      work(() => 410),
      'rolled back',
      alone,
    ),
    time(
      '410 ms become 303 ms',
      work(() => 410),
      work(() => 303),
      'kept',
      alone,
    ),
    time('rounded to 10 ms, nothing changes', work(rounded(10, 12)), work(rounded(10, 12)), 'neither', alone),
  ],
  'times of 0 ms': [
    time('a tenth at 0 ms, nothing changes', work(zeros(0.1)), work(zeros(0.1)), 'neither'),
    time('from a tenth at 0 ms to 60%', work(zeros(0.1)), work(zeros(0.6)), 'kept'),
    time('from 60% at 0 ms to a tenth', work(zeros(0.6)), work(zeros(0.1)), 'rolled back'),
    success('30% at 0 ms, more successes', work(zeros(0.3), { ok: 0.6 }), work(zeros(0.3), { ok: 0.9 }), 'kept'),
  ],
  'the amount of work': [
    time('40% faster, the same amount of work', plain(400), plain(240), 'kept'),
    time('40% faster, half of the work', plain(400), plain(240, { everyMs: 1_000 }), 'not kept'),
    time('40% faster, 30% of the work', plain(400), plain(240, { everyMs: 1_667 }), 'not kept'),
    time('40% faster, 70% of the work before and after', plain(400), plain(240, { everyMs: 714 }), 'kept', {
      unlike: plain(400, { everyMs: 714 }),
    }),
  ],
  'a different mix of work': [
    time('more pings, times unchanged', typed(0.3), typed(0.7), 'neither'),
    time('fewer pings, times unchanged', typed(0.7), typed(0.3), 'neither'),
    time('more pings, each 50% slower', typed(0.3), typed(0.7, 1.5), 'rolled back'),
    time('fewer pings, each 40% faster', typed(0.7), typed(0.3, 0.6), 'kept'),
    success('more pings, success rates unchanged', typed(0.3), typed(0.7), 'neither'),
    time('pings were rare, times unchanged', typed(0.04), typed(0.4), 'neither'),
    time('scans were rare, times unchanged', typed(0.97), typed(0.8), 'neither'),
    time('more pings, of many types, times unchanged', manyTyped(0.3), manyTyped(0.7), 'neither'),
    time('more pings, times unchanged, types are new', typed(0.3), typed(0.7), 'neither', { past: untyped(typed(0.3)) }),
  ],
  'warm-up': [
    time(
      'the first 25 three times slower, the rest 40% faster',
      plain(400),
      work((random, k) => lognormal(random, k < 25 ? 1_200 : 240)),
      'kept',
    ),
    time(
      'the first 2 ten times slower, the rest 40% faster',
      plain(400),
      work((random, k) => lognormal(random, k < 2 ? 4_000 : 240)),
      'kept',
    ),
    time(
      'the first 25 three times slower, the rest as before',
      plain(400),
      work((random, k) => lognormal(random, k < 25 ? 1_200 : 400)),
      'neither',
    ),
    time(
      'the first 25 are 40% faster, the rest as before',
      plain(400),
      work((random, k) => lognormal(random, k < 25 ? 240 : 400)),
      'not kept',
    ),
    success(
      'the first 55 succeed more often, the rest as before',
      plain(400, { ok: 0.6 }),
      plain(400, { ok: (k) => (k < 55 ? 0.95 : 0.6) }),
      'not kept',
    ),
    success(
      'the first 20 often fail, the rest succeed more often',
      plain(400, { ok: 0.6 }),
      plain(400, { ok: (k) => (k < 20 ? 0.3 : 0.95) }),
      'kept',
    ),
  ],
  'two modes of equal share': [
    time('nothing changes', work(twoModes(0.5, 4_000, 20)), work(twoModes(0.5, 4_000, 20)), 'neither'),
    time(
      'two values, nothing changes',
      work(({ uniform }) => (uniform() < 0.5 ? 100 : 200)),
      work(({ uniform }) => (uniform() < 0.5 ? 100 : 200)),
      'neither',
    ),
  ],
  'failures that return early or late': [
    time('failure rate 5 points higher, at once', failing(0.05, 5), failing(0.1, 5), 'not kept'),
    time('failure rate 5 points higher, after a timeout', failing(0.05, 5_000), failing(0.1, 5_000), 'not kept'),
    time('failure rate 6 points higher, the rest 30% faster', failing(0.04, 5), failing(0.1, 5, 280), 'not kept'),
    time('failure rate 20 points higher, at once', failing(0.1, 5), failing(0.3, 5), 'rolled back'),
  ],
  'a sparse candidate': [
    time('nothing changes', plain(400), plain(400, { everyMs: 8_000 }), 'neither', { unlike: plain(400, { everyMs: 8_000 }) }),
    time('three times slower', plain(400), plain(1_200, { everyMs: 8_000 }), 'rolled back', {
      unlike: plain(400, { everyMs: 8_000 }),
    }),
  ],
  'low traffic with a daily rhythm': [
    time('60 samples, nothing changes', daily(400), daily(400), 'neither', { maxSamples: 60, history: 200 }),
    time('120 samples, half as long', daily(400), daily(200), 'kept', { maxSamples: 120, history: 200 }),
    time('30 samples, nothing changes', daily(400, 2.5 * HOUR), daily(400, 2.5 * HOUR), 'neither', {
      maxSamples: 30,
      history: 60,
    }),
    time('200 samples, 30% slower', daily(400), daily(520), 'rolled back', { maxSamples: 200, history: 200 }),
  ],
  'kinds of metrics': [
    { ...time('cost, 70% zeros, nothing changes', cost(0.7), cost(0.7), 'neither'), target: 'costUsd' },
    { ...time('cost, 70% zeros, a fifth as much', cost(0.7), cost(0.7, 0.2), 'kept'), target: 'costUsd' },
    { ...time('cost, 70% zeros, three times as much', cost(0.7), cost(0.7, 3), 'rolled back'), target: 'costUsd' },
    {
      ...time('profit in every fourth execution, nothing changes', profit(0.25, 4), profit(0.25, 4), 'neither'),
      target: 'weightedSum',
    },
    {
      ...time('profit in every fourth execution, twice as often', profit(0.25, 4), profit(0.5, 4), 'kept'),
      target: 'weightedSum',
    },
    {
      ...time('profit in every fourth execution, then none', profit(0.25, 4), profit(0, 4), 'rolled back'),
      target: 'weightedSum',
    },
    {
      ...time('profit in every fourth execution, then a third less in total', profit(0.25, 4), profit(1, 0.67), 'not kept'),
      target: 'weightedSum',
    },
    { ...time('scores, nothing changes', score(0.7), score(0.7), 'neither'), target: 'qualityScore' },
    { ...time('scores, 10 points better', score(0.7), score(0.8), 'kept'), target: 'qualityScore' },
    { ...time('scores, 10 points worse', score(0.7), score(0.6), 'rolled back'), target: 'qualityScore' },
    { ...time('grades 0, ½ and 1, nothing changes', grade([0.2, 0.5]), grade([0.2, 0.5]), 'neither'), target: 'qualityScore' },
    {
      ...time('grades 0, ½ and 1, 20 points worse', grade([0.2, 0.5]), grade([0.4, 0.7]), 'rolled back'),
      target: 'qualityScore',
    },
    time('90th percentile, nothing changes', work(twoModes(0.2, 1_000)), work(twoModes(0.2, 1_000)), 'neither', {
      quantile: 0.9,
    }),
    time('90th percentile, the slow ones twice as fast', work(twoModes(0.2, 1_000)), work(twoModes(0.2, 500)), 'kept', {
      quantile: 0.9,
    }),
    time('90th percentile, the slow ones twice as slow', work(twoModes(0.2, 1_000)), work(twoModes(0.2, 2_000)), 'rolled back', {
      quantile: 0.9,
    }),
    time('95th percentile, nothing changes', work(twoModes(0.1, 1_000)), work(twoModes(0.1, 1_000)), 'neither', {
      quantile: 0.95,
    }),
    time('95th percentile, slow ones a third as slow', work(twoModes(0.2, 1_500)), work(twoModes(0.2, 500)), 'kept', {
      maxSamples: 320,
      quantile: 0.95,
    }),
    time(
      '95th percentile, slow ones three times as slow',
      work(twoModes(0.1, 1_000)),
      work(twoModes(0.1, 3_000)),
      'rolled back',
      {
        quantile: 0.95,
      },
    ),
  ],
}
