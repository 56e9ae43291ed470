import { describe, expect, test } from 'vitest'
import { playPool, type SimulatedAgent } from '../../../bench/long-trials/play-pool.ts'
import { type Behaviour, usual } from '../../../bench/long-trials/rare-agent.ts'
import type { ArmObservations, ObservationsByArm } from '../../../src/analysis/judging/index.ts'
import { createSeededRandom } from '../../../src/analysis/statistics/random.ts'
import { buildTrialGoal } from '../../../src/analysis/trials/goal.ts'
import { createPoolJudge } from '../../../src/analysis/trials/pool-judge.ts'
import { mergeByAgent, mergeGoals } from '../../../src/analysis/trials/pooled-observations.ts'
import { objectiveSchema } from '../../../src/model/objective.ts'
import type { Judgement } from '../../../src/model/trial.ts'

const rare: Behaviour = { ...usual, perDay: 14, medianMs: 800 }
const costing = (factor: number, behaviour = rare): Behaviour => ({ ...behaviour, costUsd: factor * behaviour.costUsd })

/** Agents whose costs differ threefold, each with another number of instances, and what the change does to the cost of each. */
const agents = (...factors: number[]): SimulatedAgent[] =>
  factors.map((factor, index) => {
    const before = costing([1, 1.7, 3][index]!)
    return { instances: [3, 4, 2][index]!, usual: before, changed: costing(factor, before) }
  })

function countVerdicts(pool: readonly SimulatedAgent[], trials: number) {
  const counts = { keep: 0, 'roll-back': 0, undecided: 0 }
  for (let seed = 0; seed < trials; seed++) counts[playPool(5_000 + seed, pool, 12).verdict]++
  return counts
}

describe('trials that are judged together', () => {
  test('prove within the limit what one of the agents could not prove by itself', () => {
    expect(countVerdicts(agents(0.6, 0.6, 0.6), 8).keep).toBeGreaterThanOrEqual(4)
    expect(countVerdicts(agents(0.6), 4).keep).toBe(0)
  })

  test('rarely keep or roll back a harmless change, although the agents differ threefold', () => {
    const { keep, 'roll-back': rolledBack } = countVerdicts(agents(1, 1, 1), 12)
    expect(keep).toBeLessThanOrEqual(1)
    expect(rolledBack).toBeLessThanOrEqual(2)
  })

  test('do not keep a change that helps two agents and harms the third', () => {
    expect(countVerdicts(agents(0.5, 0.5, 1.4), 8).keep).toBe(0)
  })

  test('roll back a change that violates a bound on one agent only', () => {
    const pool = agents(0.6, 0.6, 0.6).map((agent, index) =>
      index < 2 ? agent : { ...agent, changed: { ...agent.changed, quality: 0.7 } },
    )
    expect(countVerdicts(pool, 6).keep).toBe(0)
  })
})

interface Conduct {
  costUsd: number
  /** The number of the first execution without a score. */
  scoredUntil?: number
}

/** Executions of one instance, from this hour on one an hour. */
function observe(
  seed: string,
  instance: string,
  from: number,
  count: number,
  { costUsd, scoredUntil }: Conduct,
): ArmObservations {
  const { uniform } = createSeededRandom(`${seed} ${instance}`)
  const around = (level: number) => level * (0.9 + 0.2 * uniform())
  const executions = Array.from({ length: count }, (_, index) => ({
    at: 3_600_000 * (from + index),
    instance,
    durationMs: around(700),
    success: true,
    metrics: { costUsd: around(costUsd), ...(index < (scoredUntil ?? count) && { qualityScore: around(0.9) }) },
  }))
  return { executions, negotiations: [] }
}

const agentIds = ['x', 'y', 'z']
const objective = objectiveSchema.parse({ minimize: 'costUsd', subjectTo: [{ metric: 'qualityScore', min: 0.8 }] })

/** The end of trials on three agents, looked at twice, of which the first ones are scored. */
function judgeCheaper(countScored: (count: number) => number, scoreDelayMs = 0): Judgement {
  const arms = (agentId: string, from: number, count: number, candidate: Conduct): ObservationsByArm => ({
    control: observe(agentId, 'b', from, count, { costUsd: 0.01 }),
    candidate: observe(agentId, 'a', from, count, candidate),
  })
  const judge = createPoolJudge(
    { design: 'concurrent', maxSamples: 160 },
    agentIds.map((agentId) => ({
      agentId,
      goal: buildTrialGoal({ targetMetric: 'costUsd', objective }),
      candidates: 1,
      history: arms(agentId, -120, 120, { costUsd: 0.01 }),
      scoreDelayMs,
      cut: (judged) => ({ judged, isWarmingUp: false, warmAt: [] }),
    })),
  )
  const look = (count: number, final: boolean) => {
    const change = { costUsd: 0.005, scoredUntil: countScored(count) }
    return judge.look(new Map(agentIds.map((agentId) => [agentId, arms(agentId, 0, count, change)])), { final })
  }
  const first = look(30, false)
  return first.decision === 'continue' ? look(45, true) : first
}

describe('scores in trials that are judged together', () => {
  test('nothing is kept once they stop in mid-trial', () => {
    expect(judgeCheaper((count) => count).decision).toBe('keep')
    expect(judgeCheaper(() => 17).decision).toBe('roll-back')
  })

  test('those that come as late as usual are not missed', () => {
    const late = (count: number) => count - 10
    expect(judgeCheaper(late, 10 * 3_600_000).decision).toBe('keep')
    expect(judgeCheaper(late).decision).not.toBe('keep')
  })
})

test('a weighted sum is read with the references of each agent', () => {
  const goalOf = (reference: number) => {
    const weigh = { costUsd: 1, responseTime: 1 }
    const weighed = { costUsd: { weight: 0.5, reference }, responseTime: { weight: 0.5, reference: 1_000 } }
    return buildTrialGoal({ targetMetric: 'weightedSum', objective: objectiveSchema.parse({ weigh }), weighed })
  }
  const goals = new Map([
    ['x', goalOf(0.001)],
    ['y', goalOf(0.003)],
  ])
  const execution = (at: number, costUsd: number) => ({
    at,
    instance: 'a',
    durationMs: 1_300,
    success: true,
    metrics: { costUsd },
  })
  const arms = (...executions: ArmObservations['executions']) => {
    const arm = { executions, negotiations: [] }
    return { control: arm, candidate: arm }
  }
  const merged = mergeByAgent(
    new Map([
      ['x', arms(execution(1, 0.0008), execution(3, 0.001))],
      ['y', arms(execution(2, 0.0024), execution(4, 0.003))],
    ]),
  )
  const samples = mergeGoals(goals).target.samplesOf(merged.candidate)
  expect(samples.map(({ instance }) => instance)).toEqual(['x/a', 'y/a', 'x/a', 'y/a'])
  for (const [index, sum] of [1.05, 1.05, 1.15, 1.15].entries()) expect(samples[index]!.value).toBeCloseTo(sum, 9)
})
