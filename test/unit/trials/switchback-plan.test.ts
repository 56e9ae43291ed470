import { describe, expect, test } from 'vitest'
import { createTrialJudge, createUsualGoal } from '../../../src/analysis/judging/index.ts'
import { createBlockAlarm } from '../../../src/analysis/trials/block-alarm.ts'
import { planObservation, type TrialConditions } from '../../../src/analysis/trials/duration.ts'
import {
  canAlternate,
  chooseBlockArm,
  getActiveArm,
  isBlockDone,
  listFinishedPairs,
  listSettledPairs,
  selectBlockObservations,
  shiftToStartTimes,
  toLongTrialConditions,
} from '../../../src/analysis/trials/switchback-plan.ts'
import type { Knob } from '../../../src/model/knob.ts'
import type { Arm, TrialBlock } from '../../../src/model/trial.ts'
import { random } from '../judging/random.ts'

const arms = (trialId: string, pairs: number) => Array.from({ length: 2 * pairs }, (_, index) => chooseBlockArm(trialId, index))

describe('the blocks of a switchback trial', () => {
  test('are one of each arm in every pair, in either order equally often', () => {
    const orders = Array.from({ length: 200 }, (_, trial) => arms(`opt_${trial}`, 20)).flat()
    const firsts = orders.filter((_, index) => index % 2 === 0)
    for (const [index, arm] of firsts.entries()) expect(orders[2 * index + 1]).not.toBe(arm)
    const share = firsts.filter((arm) => arm === 'candidate').length / firsts.length
    expect(Math.abs(share - 0.5)).toBeLessThan(0.03)
    // Neighbouring pairs have no order in common.
    const same = firsts.filter((arm, index) => arm === firsts[index + 1]).length / firsts.length
    expect(Math.abs(same - 0.5)).toBeLessThan(0.03)
  })

  test('end once they have lasted long enough and have their share of the samples', () => {
    const limits = { maxSamples: 120, shortestBlockMs: 60_000, observeMs: 24 * 3_600_001 }
    const blocks: TrialBlock[] = [{ arm: 'control', from: 0, to: null }]
    expect(isBlockDone(blocks, { samples: 100, now: 59_999 }, limits)).toBe(false)
    expect(isBlockDone(blocks, { samples: 10, now: 3_600_000 }, limits)).toBe(false)
    expect(isBlockDone(blocks, { samples: 11, now: 60_000 }, limits)).toBe(true)
  })

  test('end although nothing is done in them, so that this is noticed', () => {
    const limits = { maxSamples: 120, shortestBlockMs: 60_000, observeMs: 24 * 3_600_000 }
    expect(isBlockDone([{ arm: 'candidate', from: 0, to: null }], { samples: 0, now: 3_600_000 }, limits)).toBe(true)
    const blocks: TrialBlock[] = [
      { arm: 'control', from: 0, to: 100_000 },
      { arm: 'candidate', from: 100_000, to: null },
    ]
    expect(isBlockDone(blocks, { samples: 0, now: 499_999 }, limits)).toBe(false)
    expect(isBlockDone(blocks, { samples: 0, now: 500_000 }, limits)).toBe(true)
  })

  test('count once what started in them has ended', () => {
    const blocks: TrialBlock[] = [
      { arm: 'candidate', from: 0, to: 10_000 },
      { arm: 'control', from: 10_000, to: 20_000 },
    ]
    const past = { executions: [{ at: -5_000, instance: 'only', durationMs: 3_000, success: true }], negotiations: [] }
    const idle = { executions: [], negotiations: [] }
    const busy = { ...idle, inFlight: [{ at: 19_000, instance: 'only', durationMs: 60_000 }] }
    const known = { past, arms: [idle, idle], now: 24_000 }
    expect(listSettledPairs(blocks, known)).toEqual(blocks)
    expect(listSettledPairs(blocks, { ...known, now: 22_000 })).toEqual([])
    expect(listSettledPairs(blocks, { ...known, arms: [idle, busy] })).toEqual([])
  })

  test('have what started in them, also if it ends later', () => {
    const execution = (from: number, to: number) => ({ at: to, instance: 'only', durationMs: to - from, success: true })
    const arm = { executions: [execution(5, 25), execution(12, 13), execution(40, 41)], negotiations: [] }
    const blocks = [
      { arm: 'candidate' as const, from: 0, to: 10 },
      { arm: 'control' as const, from: 10, to: 20 },
    ]
    const taken = selectBlockObservations({ control: shiftToStartTimes(arm), candidate: shiftToStartTimes(arm), blocks })
    expect(taken.candidate.executions.map(({ at }) => at)).toEqual([5])
    expect(taken.control.executions.map(({ at }) => at)).toEqual([12])
  })

  test('count in pairs that have ended', () => {
    const block = (arm: Arm, from: number, to: number | null): TrialBlock => ({ arm, from, to })
    const blocks = [block('control', 0, 1), block('candidate', 1, 2), block('candidate', 2, 3), block('control', 3, null)]
    expect(listFinishedPairs(blocks)).toEqual(blocks.slice(0, 2))
  })

  test('leave the change in force at first, after a suspension, and in its own blocks', () => {
    const control: TrialBlock = { arm: 'control', from: 5, to: null }
    expect(getActiveArm([], [])).toBe('candidate')
    expect(getActiveArm([control], [])).toBe('control')
    expect(getActiveArm([{ ...control, to: 6 }], [{ from: 7, to: null }])).toBe('control')
    expect(getActiveArm([{ ...control, to: 6 }], [{ from: 7, to: 8 }])).toBe('candidate')
  })

  test('need a change that applies at once, without a warm-up, and metrics that they can compare', () => {
    const knob = { name: 'speed' } as Knob
    const strategy = { actions: [{ knob: 'speed', from: 5, to: 6 }] } as never
    const conditions = (known: object = {}) => ({
      knobs: [knob],
      warmUp: { samples: 0, seconds: 0 },
      goal: createUsualGoal('responseTime'),
      ...known,
    })
    expect(canAlternate(strategy, conditions())).toBe(true)
    expect(canAlternate(strategy, conditions({ knobs: [{ ...knob, applies: 'restart' }] }))).toBe(false)
    expect(canAlternate(strategy, conditions({ warmUp: { samples: 0, seconds: 5 } }))).toBe(false)
    const { target, guards } = createUsualGoal('responseTime')
    expect(canAlternate(strategy, conditions({ goal: { target: { ...target, summary: 'mean' }, guards } }))).toBe(false)
  })

  test('are planned with twice the time, since each arm has half of it', () => {
    const strategy = { targetMetric: 'responseTime', actions: [{ knob: 'speed', from: 5, to: 6 }] } as never
    const knob = { name: 'speed' } as Knob
    const conditions: TrialConditions = {
      pace: Array.from({ length: 24 }, () => 60),
      compared: { design: 'before-after', candidate: 1, control: 0, live: 1 },
      reportingShare: 1,
      warmUp: { samples: 0, seconds: 0 },
      now: 0,
    }
    const limits = { maxSamples: 160, observeMs: 105_000, longestHours: 72 }
    const planned = (switchback: boolean, applies?: 'restart') =>
      planObservation(toLongTrialConditions(conditions, strategy, [{ ...knob, applies } as Knob], { switchback }), limits)
        .decisions
    expect(planned(true)).toBe(160)
    expect(planned(false)).toBe(80)
    expect(planned(true, 'restart')).toBe(80)
  })
})

describe('a switchback trial is judged', () => {
  const blockMs = 20_000
  const dayMs = 48 * blockMs

  /** A single instance with a daily rhythm of its times. @param change of the candidate's times, and of its share of the work */
  function play(seed: number, { times = 0, work = 1, success = 0.95 }: { times?: number; work?: number; success?: number }) {
    const dice = random(seed)
    const execution = (at: number, arm: Arm) => ({
      at,
      instance: 'only',
      durationMs:
        500 * Math.exp(0.5 * Math.sin((2 * Math.PI * at) / dayMs) + 0.4 * dice.normal() + (arm === 'candidate' ? times : 0)),
      success: dice.uniform() < (arm === 'candidate' ? success : 0.95),
    })
    const blocks = arms(`opt_${seed}`, 24).map((arm, index) => ({ arm, from: index * blockMs, to: (index + 1) * blockMs }))
    const during = (from: number, to: number, arm: Arm) => {
      const gap = 2_000 / (arm === 'candidate' ? work : 1)
      const executions = []
      for (let at = from + gap * dice.uniform(); at < to; at += 2 * gap * dice.uniform()) executions.push(execution(at, arm))
      return executions
    }
    const past = { executions: during(-dayMs / 3, 0, 'control'), negotiations: [] }
    const judge = createTrialJudge({
      goal: createUsualGoal('responseTime'),
      design: 'switchback',
      history: { control: past, candidate: past },
      maxSamples: 200,
    })
    const played = blocks.map((block) => ({ ...block, executions: during(block.from, block.to, block.arm) }))
    for (let count = 2; ; count += 2) {
      const of = (arm: Arm) => ({
        executions: played.slice(0, count).flatMap((block) => (block.arm === arm ? block.executions : [])),
        negotiations: [],
      })
      const seen = { control: of('control'), candidate: of('candidate'), blocks: blocks.slice(0, count) }
      const judgement = judge.look(seen, { final: count === blocks.length })
      if (judgement.decision !== 'continue') return judgement
    }
  }
  const shares = (runs: number, change: Parameters<typeof play>[1]) => {
    const decisions = Array.from({ length: runs }, (_, seed) => play(seed + 1, change).decision)
    const share = (decision: string) => decisions.filter((each) => each === decision).length / runs
    return { kept: share('keep'), rolledBack: share('roll-back') }
  }

  test('without being misled by a daily rhythm', () => {
    // In 600 runs: 1.5% kept, 2.5% rolled back.
    const { kept, rolledBack } = shares(60, {})
    expect(kept).toBeLessThanOrEqual(0.05)
    expect(rolledBack).toBeLessThanOrEqual(0.1)
  })

  test('by what the change does', () => {
    expect(shares(30, { times: Math.log(0.6) }).kept).toBeGreaterThanOrEqual(0.9)
    expect(shares(30, { times: Math.log(1.6) }).rolledBack).toBeGreaterThanOrEqual(0.9)
    expect(shares(30, { times: Math.log(0.6), success: 0.7 }).kept).toBeLessThanOrEqual(0.03)
  })

  test('at once if the change is a catastrophe', () => {
    const executions = (from: number, success: boolean) =>
      Array.from({ length: 60 }, (_, i) => ({ at: from + 1_000 * i, instance: 'only', durationMs: 300 + (i % 7) * 50, success }))
    const past = { executions: executions(-60_000, true), negotiations: [] }
    const goal = createUsualGoal('responseTime')
    const alarm = createBlockAlarm({ goal, design: 'switchback', history: { control: past, candidate: past }, maxSamples: 200 })
    const seen = (success: boolean) =>
      alarm({ control: past, candidate: { executions: executions(0, success).slice(0, 25), negotiations: [] } })
    expect(seen(true)).toBeUndefined()
    expect(seen(false)).toMatchObject({ decision: 'roll-back', design: 'switchback' })
  })

  test('as doubtful if the candidate finishes far less work', () => {
    expect(shares(30, { times: Math.log(0.6), work: 0.4 }).kept).toBeLessThanOrEqual(0.03)
  })
})
