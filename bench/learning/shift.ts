/** An agent whose workload shifts once it is tuned. */
import { random } from '../../test/unit/judging/random.ts'
import { cycleMs, optimize, type SeenMetrics } from './fleet.ts'
import { figures, generateAgent, generateKind, shifted } from './world.ts'

const agents = 20
const before = 12
const after = 8

export interface Recovery {
  /** Share of the possible gain in time after the shift that is regained after each of the following trials; over all agents. */
  regained: number[]
  /** How much longer a success took in each of these trials, as shares. */
  worsenings: number[]
}

export function recovery(seed: number): Recovery {
  const worsenings: number[] = []
  const dice = random(seed)
  const regained = Array<number>(after).fill(0)
  let possible = 0
  for (let i = 0; i < agents; i++) {
    const kind = generateKind(`shifting-${i}`, dice)
    const agent = generateAgent(kind, `shifting-${i}`, dice)
    const history: SeenMetrics = { responseTime: [], successRate: [], coordinationScore: [] }
    const { trials } = optimize(agent, [], before, 0, dice, history)
    const experience = trials.map(({ record }) => record)
    const later = shifted(agent, dice)
    const time = () => Math.log(figures(later, later.values).medianMs)
    const start = time()
    possible += start - Math.log(kind.medianMs * later.slowness)
    for (let trial = 0; trial < after; trial++) {
      const series = optimize(later, experience, 1, (before + trial) * cycleMs, dice, history)
      worsenings.push(...series.trials.map(({ worsening }) => worsening))
      regained[trial]! += start - time()
    }
  }
  return { regained: regained.map((gain) => gain / possible), worsenings }
}
