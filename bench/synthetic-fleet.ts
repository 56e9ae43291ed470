import type { TrialRecord } from '../src/model/experience.ts'
import type { Snapshot } from '../src/model/profile.ts'
import { agentKnobs, agentProfile, knobsFor, now, snapshot, trialRecord } from '../test/support/profiles.ts'

const kinds = ['market-hunter', 'market-analyzer', 'narrative-architect', 'intelligent-execution-agent', 'strategic-orchestrator']

/** A fleet of so many agents, a third of them over every threshold. */
export function syntheticFleet(size: number): Snapshot {
  const agents = Array.from({ length: size }, (_, i) => {
    const figures = i % 3 === 0 ? { responseTime: 2800, successRate: 0.62, coordinationScore: 0.54 } : { responseTime: 1000 + i }
    return agentProfile(`agent-${i}`, { kind: kinds[i % kinds.length]!, ...figures })
  })
  return snapshot(agents)
}

/** Five finished trials an agent. */
export function syntheticExperience({ agents }: Snapshot): TrialRecord[] {
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

export { knobsFor, now }
