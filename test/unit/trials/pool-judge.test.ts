import { describe, expect, test } from 'vitest'
import { playPool, type SimulatedAgent } from '../../../bench/long-trials/play-pool.ts'
import { type Behaviour, usual } from '../../../bench/long-trials/rare-agent.ts'

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
