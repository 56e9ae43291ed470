import type { FinishedTrial } from '../../model/finished-trial.ts'
import { defaultTraits, type PersonalityTraits } from '../../model/identity.ts'
import type { Knob, KnobValues } from '../../model/knob.ts'
import { type Limits, noLimits } from '../../model/limits.ts'
import type { CurrentMarket } from '../../model/market.ts'
import { builtInCatalogue, type MetricCatalogue, type MetricName } from '../../model/metric.ts'
import type { Objective } from '../../model/objective.ts'
import type { Policy } from '../../model/policy.ts'
import type { AgentPair } from './interference.ts'
import type { ConfigurationRecord } from './knob-moves.ts'
import type { CooldownRelease } from './releases.ts'

/** The state of the whole fleet that decides whether a trial may be planned or started. */
export interface FleetFacts {
  /** Milliseconds since the epoch. */
  now: number
  /** The aggressiveness is the requested one; the operator's limits may lower it. */
  policy: Pick<Policy, 'aggressiveness' | 'focus' | 'resourceMode'> & {
    /** The only agent of the cycle; its focus too, unless a command moves that. */
    target?: string | undefined
  }
  pause: { pausedBy: string; reason: string; since: Date } | null
  /** The operator's limits, or the sentence that says why they cannot be read. */
  limits: Limits | string
  /** The traits of the optimizer, as configured. */
  traits: PersonalityTraits
  /** As configured for aggressiveness 3. */
  caps: { concurrentTrials: number; concurrentLongTrials: number; candidateShareRatio: number }
  /** The market now; missing if there are no limits on it. */
  market?: CurrentMarket
  /** Which host is under high load, as a clause; missing if none is. */
  highLoad?: string | undefined
  /** Running trials, each with the number of instances that run with its values; long ones run outside cycles. */
  running: readonly { id: string; agentId: string; candidates: number; isLong?: boolean }[]
  liveInstances: number
  objectives: readonly Objective[]
  /** Every metric that is built in or declared. */
  catalogue: MetricCatalogue
  /** Agents that have exchanged messages within the last hour. */
  pairs: readonly AgentPair[]
}

/** The state of one agent and of its fleet. */
export interface EligibilityFacts {
  fleet: FleetFacts
  agentId: string
  kind: string
  liveInstances: number
  /** Measured ones among its newest executions; null before any cycle has counted them. */
  executions: number | null
  trialsLastHour: number
  /** The trial or restore that holds the agent's lock; null if it is free. */
  lockedBy: string | null
  /** All knobs that it declares. */
  knobs: readonly Knob[]
  /** The values in force. */
  values: KnobValues
  /** Its configurations, without those that were only tried, oldest first. */
  history: readonly ConfigurationRecord[]
  /** People's commands that let it or its knobs be tried again. */
  releases: readonly CooldownRelease[]
  /** Knobs with a pending or recently declined approval. */
  awaitingDecision: readonly string[]
  /** Why knobs are not the same for all of its instances, by name. */
  unevenKnobs: Readonly<Record<string, string>>
  /** Whether all of its live instances can be restarted, for knobs that take effect only then. */
  canRestart: boolean
  /** How its live instances that drift differ from their version, as clauses. */
  drifting: readonly string[]
  /** The resources that it runs short of according to open alerts, such as "cpuPercent of hunter/hunter-1". */
  shortages: readonly string[]
  /** Finished trials on it. */
  trials: readonly FinishedTrial[]
  /** The metric that the trial is to improve; missing if there is none in view. */
  target?: MetricName
  /** Whether the trial that is to start runs outside a cycle, for hours or days. */
  isLong?: boolean
  /** When one of its metrics last shifted, milliseconds since the epoch, 0 for never. Called only when the answer matters. */
  lastShiftAt: () => number
}

/** The recorded state of the fleet and its agents, from which the facts are built. */
export interface EligibilityRecord {
  fleet: Omit<FleetFacts, 'now' | 'policy'>
  /** By agent id; a missing agent has an empty record. */
  agents: Readonly<Record<string, AgentRecord>>
}
export type AgentRecord = Pick<
  EligibilityFacts,
  | 'trialsLastHour'
  | 'lockedBy'
  | 'history'
  | 'releases'
  | 'awaitingDecision'
  | 'unevenKnobs'
  | 'canRestart'
  | 'drifting'
  | 'shortages'
>

/** A record that restricts nothing. */
export const emptyRecord: EligibilityRecord = {
  fleet: {
    pause: null,
    limits: noLimits,
    traits: defaultTraits,
    caps: { concurrentTrials: 1, concurrentLongTrials: 1, candidateShareRatio: 1 },
    running: [],
    liveInstances: 0,
    objectives: [],
    catalogue: builtInCatalogue,
    pairs: [],
  },
  agents: {},
}

/** The record of an agent without any records. */
export const emptyAgentRecord: AgentRecord = {
  trialsLastHour: 0,
  lockedBy: null,
  history: [],
  releases: [],
  awaitingDecision: [],
  unevenKnobs: {},
  canRestart: false,
  drifting: [],
  shortages: [],
}

/** The facts about one agent: its record, its observations, and the policy at a given time. */
export function buildFacts(
  { fleet, agents }: EligibilityRecord,
  observed: Omit<EligibilityFacts, 'fleet' | keyof AgentRecord>,
  { now, policy }: Pick<FleetFacts, 'now' | 'policy'>,
): EligibilityFacts {
  return { ...observed, ...(agents[observed.agentId] ?? emptyAgentRecord), fleet: { ...fleet, now, policy } }
}

/** Who requests a trial: the optimizer, the optimizer with a person's approval, or a person. */
export type Requester = 'optimizer' | 'approved' | 'person'
