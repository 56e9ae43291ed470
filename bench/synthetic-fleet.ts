import type { FinishedTrial } from '../src/model/finished-trial.ts'
import type { MetricHistory } from '../src/model/history.ts'
import type { Snapshot } from '../src/model/profile.ts'
import { agentKnobs, agentProfile, knobsFor, now, snapshot, trialRecord } from '../test/support/profiles.ts'

const kinds = ['market-hunter', 'market-analyzer', 'narrative-architect', 'intelligent-execution-agent', 'strategic-orchestrator']

/** A fleet of `size` agents, a third of them beyond every threshold. */
export function syntheticFleet(size: number): Snapshot {
  const agents = Array.from({ length: size }, (_, i) => {
    const figures = i % 3 === 0 ? { responseTime: 2800, successRate: 0.62, coordinationScore: 0.54 } : { responseTime: 1000 + i }
    return agentProfile(`agent-${i}`, { kind: kinds[i % kinds.length]!, ...figures })
  })
  return snapshot(agents)
}

/** Five finished trials for each agent. */
export function syntheticExperience({ agents }: Snapshot): FinishedTrial[] {
  return agents.flatMap(({ agentId, kind }, index) =>
    agentKnobs.slice(0, 5).map(({ name, default: from }, i) =>
      trialRecord({
        agentId,
        kind,
        changes: [{ knob: name, from, to: Number(from) + 1 }],
        verdict: i % 2 === 0 ? 'undecided' : 'keep',
        improvement: 6,
        at: now - index * 1000 - i,
      }),
    ),
  )
}

/** The metrics of the past day: a snapshot every five minutes for twelve hours, hourly means before. */
export function syntheticHistory({ agents }: Snapshot): MetricHistory {
  const hours = Array.from({ length: 12 }, (_, i) => 60 * (24 - i))
  const fiveMinutes = Array.from({ length: 144 }, (_, i) => 5 * (144 - i))
  const points = (usual: number | null) =>
    [...hours, ...fiveMinutes].map((minute, i) => ({
      at: now - minute * 60_000,
      value: (usual ?? 0) * (1 + 0.05 * Math.sin(i * 7)),
    }))
  return Object.fromEntries(
    agents.map(({ agentId, responseTime, successRate, coordinationScore }) => [
      agentId,
      { responseTime: points(responseTime), successRate: points(successRate), coordinationScore: points(coordinationScore) },
    ]),
  )
}

export { knobsFor, now }
