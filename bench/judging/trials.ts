import type { Arm, LookSamples, SwitchbackBlock } from '../../src/analysis/judging/index.ts'
import type { ArmSamples } from '../../src/model/trial.ts'
import { type Random, random } from '../../test/unit/judging/random.ts'
import { atRandom, type Conduct, inStep, requestsAt, sharedLoad } from './arms.ts'
import type { Scenario } from './scenarios.ts'

/** A complete simulated trial; `upTo(n)` returns the data available once the candidate has `n` samples. */
export interface Trial {
  scenario: Scenario
  history: ArmSamples
  upTo(n: number): LookSamples
  maxSamples: number
}

/** The control instances for one candidate: one in step with it, or a number of them at random and unlike each other. */
export type Company = 'in step' | 2 | 9

const HISTORY = { latency: 1_000, success: 400 }
const BLOCK = 5

export function playTrial(scenario: Scenario, company: Company, maxSamples: number, seed: number): Trial {
  const dice = random(seed)
  const history = HISTORY[scenario.metric]
  if (scenario.design === 'before-after') return beforeAfter(scenario, dice, history, maxSamples)
  if (scenario.design === 'switchback') return switchback(scenario, dice, history, maxSamples)
  const to = company === 'in step' ? maxSamples : 3 * maxSamples
  const load = scenario.drift ? sharedLoad(dice, -history, to) : () => 0
  const { before, during } = conducts(scenario)
  const instance = (name: string, rate: number, nature: number, changed: boolean) => {
    const times = company === 'in step' ? inStep(-history, to) : atRandom(dice, -history, to, rate)
    const [then, since] = changed ? [before.candidate, during.candidate] : [before.control, during.control]
    return requestsAt(times, name, dice, load, natural(then, nature), () => natural(since, nature))
  }
  const nature = () => (company === 'in step' ? 0 : dice.normal())
  const candidate = instance('candidate', 1, nature(), true)
  const control = Array.from({ length: company === 'in step' ? 1 : company }, (_, i) =>
    instance(`control-${i}`, 0.5 + 1.5 * dice.uniform(), nature(), false),
  ).flat()
  control.sort((a, b) => a.at - b.at)
  const past = (samples: typeof control) => samples.filter(({ at }) => at < 0)
  const since = { control: control.filter(({ at }) => at >= 0), candidate: candidate.filter(({ at }) => at >= 0) }
  return {
    scenario,
    maxSamples,
    history: { control: past(control), candidate: past(candidate) },
    upTo(n) {
      const moment = since.candidate[n - 1]!.at
      return { control: since.control.filter(({ at }) => at <= moment), candidate: since.candidate.slice(0, n) }
    },
  }
}

function beforeAfter(scenario: Scenario, dice: Random, history: number, maxSamples: number): Trial {
  const load = scenario.drift ? sharedLoad(dice, -history - maxSamples, maxSamples) : () => 0
  const { before, during } = conducts(scenario)
  const all = requestsAt(inStep(-history - maxSamples, maxSamples), 'only', dice, load, before.control, () => during.candidate)
  const control = all.slice(history, history + maxSamples)
  const past = all.slice(0, history)
  return {
    scenario,
    maxSamples,
    history: { control: past, candidate: past },
    upTo: (n) => ({ control, candidate: all.slice(history + maxSamples, history + maxSamples + n) }),
  }
}

/** Pairs of blocks in random order; a change takes effect one sample late. */
function switchback(scenario: Scenario, dice: Random, history: number, maxSamples: number): Trial {
  const pairs = Math.ceil(maxSamples / (BLOCK - 1))
  const length = 2 * BLOCK * pairs
  const blocks = Array.from({ length: pairs }, (_, pair): SwitchbackBlock[] => {
    const arms = dice.uniform() < 0.5 ? (['control', 'candidate'] as const) : (['candidate', 'control'] as const)
    return arms.map((arm, i) => ({ arm, from: (2 * pair + i) * BLOCK, to: (2 * pair + i + 1) * BLOCK }))
  }).flat()
  const load = scenario.drift ? sharedLoad(dice, -history, length) : () => 0
  const served = (at: number) => blocks[Math.max(0, Math.floor((at - 1) / BLOCK))]!.arm
  const { before, during } = conducts(scenario)
  const all = requestsAt(inStep(-history, length), 'only', dice, load, before.control, (at) => during[served(at)])
  const past = all.slice(0, history)
  return {
    scenario,
    maxSamples,
    history: { control: past, candidate: past },
    upTo(n) {
      const over = 2 * Math.floor(n / (BLOCK - 1))
      const seen = all.slice(history, history + over * BLOCK)
      const of = (arm: Arm) => seen.filter(({ at }) => blocks[Math.floor(at / BLOCK)]!.arm === arm)
      return { control: of('control'), candidate: of('candidate'), blocks: blocks.slice(0, over) }
    },
  }
}

function conducts({ metric, effect = 0, tail, unlike = 0, shock = 0 }: Scenario) {
  if (metric === 'success') {
    const usual = 0.9
    return {
      before: { control: { success: usual }, candidate: { success: usual + unlike } },
      during: { control: { success: usual + shock }, candidate: { success: usual + unlike + shock + effect } },
    }
  }
  return {
    before: { control: { slower: 1 }, candidate: { slower: 1 + unlike } },
    during: { control: { slower: 1 + shock }, candidate: { slower: (1 + unlike) * (1 + shock) * (1 + effect), outliers: tail } },
  }
}

/** Instances of one kind differ: by some 10% in their times, by a point in their success rates. */
function natural(conduct: Conduct, nature: number): Conduct {
  return {
    ...conduct,
    slower: (conduct.slower ?? 1) * Math.exp(0.1 * nature),
    success: conduct.success === undefined ? undefined : Math.min(0.99, Math.max(0.01, conduct.success + 0.01 * nature)),
  }
}
