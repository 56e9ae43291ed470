import type { FinishedTrial } from '../../model/finished-trial.ts'
import type { Knob, KnobValues } from '../../model/knob.ts'
import { type Limits, noLimits } from '../../model/limits.ts'
import type { Policy } from '../../model/policy.ts'
import type { AgentPair } from './interference.ts'

/** The state of the whole fleet that decides whether a trial may be planned or begin. */
export interface FleetFacts {
  /** Milliseconds since the epoch. */
  now: number
  /** The aggressiveness is the one asked for; the operator's limits may lower it. */
  policy: Pick<Policy, 'aggressiveness' | 'focus' | 'resourceMode'>
  pause: { pausedBy: string; reason: string; since: Date } | null
  /** The operator's limits, or the sentence that says why they cannot be read. */
  limits: Limits | string
  /** As configured for aggressiveness 3. */
  caps: { concurrentTrials: number; candidateShareRatio: number }
  /** Trials under way, with how many instances run with their values. */
  running: readonly { id: string; agentId: string; candidates: number }[]
  liveInstances: number
  /** Agents that have exchanged messages within the last hour. */
  pairs: readonly AgentPair[]
}

/** The state of one agent, with that of its fleet. */
export interface EligibilityFacts {
  fleet: FleetFacts
  agentId: string
  kind: string
  liveInstances: number
  /** Measured among its newest executions; null before any cycle has looked. */
  executions: number | null
  trialsLastHour: number
  /** The trial or restore that holds the agent's lock; null where it is free. */
  lockedBy: string | null
  /** All that it declares. */
  knobs: readonly Knob[]
  /** The values in force. */
  values: KnobValues
  /** Its configurations other than those that were only tried, oldest first; `at` is milliseconds since the epoch. */
  history: readonly { at: number; values: KnobValues }[]
  /** Knobs that a person is being asked about, or has declined lately. */
  awaitingDecision: readonly string[]
  /** Finished trials on it. */
  trials: readonly FinishedTrial[]
  /** When one of its metrics last shifted, milliseconds since the epoch, 0 for never. Called only where it decides something. */
  lastShiftAt: () => number
}

/** What is on record about the fleet and its agents, as the facts take it. */
export interface EligibilityRecord {
  fleet: Omit<FleetFacts, 'now' | 'policy'>
  /** By agent; an agent that is missing has none of it. */
  agents: Readonly<Record<string, AgentRecord>>
}
export type AgentRecord = Pick<EligibilityFacts, 'trialsLastHour' | 'lockedBy' | 'history' | 'awaitingDecision'>

/** A record on which nothing is held back. */
export const emptyRecord: EligibilityRecord = {
  fleet: {
    pause: null,
    limits: noLimits,
    caps: { concurrentTrials: 1, candidateShareRatio: 1 },
    running: [],
    liveInstances: 0,
    pairs: [],
  },
  agents: {},
}

/** The facts about one agent: what is on record, what was observed of it, and the policy at a moment. */
export function buildFacts(
  { fleet, agents }: EligibilityRecord,
  observed: Omit<EligibilityFacts, 'fleet' | keyof AgentRecord>,
  at: Pick<FleetFacts, 'now' | 'policy'>,
): EligibilityFacts {
  const unknown: AgentRecord = { trialsLastHour: 0, lockedBy: null, history: [], awaitingDecision: [] }
  return { ...observed, ...(agents[observed.agentId] ?? unknown), fleet: { ...fleet, ...at } }
}

/** Who wants a trial: the optimizer, the optimizer with a person's approval, or a person. */
export type Requester = 'optimizer' | 'approved' | 'person'
