import { describe, expect, test } from 'vitest'
import { type ArmObservations, createTrialJudge } from '../../../src/analysis/judging/index.ts'
import { buildTrialGoal } from '../../../src/analysis/trials/goal.ts'
import { objectiveSchema } from '../../../src/model/objective.ts'
import { random } from './random.ts'

const types = { ping: { ms: 20, success: 0.98, usd: 0.001 }, scan: { ms: 4_000, success: 0.75, usd: 0.01 } }
const unchanged = { ms: 1, usd: 1 }

/** One instance, an execution a second, with a share of pings among scans. */
function work({ uniform, normal }: ReturnType<typeof random>, from: number, count: number, pings: number, change = unchanged) {
  const executions = Array.from({ length: count }, (_, i) => {
    const type: keyof typeof types = uniform() < pings ? 'ping' : 'scan'
    const { ms, success, usd } = types[type]
    return {
      at: from + 1_000 * i,
      instance: 'a',
      type,
      durationMs: ms * change.ms * Math.exp(0.3 * normal()),
      success: uniform() < success,
      metrics: { costUsd: usd * change.usd * Math.exp(0.4 * normal()) },
    }
  })
  return { executions, negotiations: [] } satisfies ArmObservations
}

const costGoal = buildTrialGoal({ targetMetric: 'costUsd', objective: objectiveSchema.parse({ minimize: 'costUsd' }) })

function decide(target: 'responseTime' | 'successRate' | 'costUsd', [before, after]: [number, number], change = unchanged) {
  return Array.from({ length: 5 }, (_, seed) => {
    const dice = random(seed)
    const past = work(dice, -500_000, 400, before)
    const options = { design: 'before-after' as const, maxSamples: 160, history: { control: past, candidate: past } }
    const judge = createTrialJudge({ ...options, ...(target === 'costUsd' ? { goal: costGoal } : { target }) })
    const arms = { control: work(dice, -100_000, 100, before), candidate: work(dice, 0, 160, after, change) }
    return judge.look(arms, { final: true }).decision
  })
}

describe('a single instance whose mix of work changes with a trial', () => {
  test.each(['responseTime', 'successRate', 'costUsd'] as const)(
    'shows no effect on %s if each type of work is as before',
    (target) => {
      for (const mix of [
        [0.3, 0.7],
        [0.7, 0.3],
      ] as [number, number][])
        expect(decide(target, mix).filter((decision) => decision !== 'undecided').length).toBeLessThanOrEqual(1)
    },
  )

  test('shows the effect on each type', () => {
    const kept = decide('costUsd', [0.7, 0.3], { ms: 1, usd: 0.5 }).filter((decision) => decision === 'keep')
    expect(kept.length).toBeGreaterThanOrEqual(4)
    const harmed = decide('costUsd', [0.3, 0.7], { ms: 1, usd: 1.8 }).filter((decision) => decision === 'roll-back')
    expect(harmed.length).toBeGreaterThanOrEqual(4)
  })
})
