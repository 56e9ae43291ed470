import type { FinishedTrial, KnobChange } from '../../../model/finished-trial.ts'
import type { PersonalityTraits } from '../../../model/identity.ts'
import type { Knob, KnobValue } from '../../../model/knob.ts'
import type { MetricCatalogue, MetricName } from '../../../model/metric.ts'
import type { Objective } from '../../../model/objective.ts'
import type { AgentProfile } from '../../../model/profile.ts'
import type { TrialLineage } from './trial-lineages.ts'

/** A request for the next change of an agent. */
export interface ProposalRequest {
  agent: AgentProfile
  /** All knobs that it declares. */
  knobs: readonly Knob[]
  /** The metric to improve. */
  metric: MetricName
  catalogue: MetricCatalogue
  /** The objective that this serves; any knob may affect its metrics, whatever is declared. */
  objective?: Objective | undefined
  /** Trials on agents of its kind, by agent id. */
  lineages: ReadonlyMap<string, readonly TrialLineage[]>
  /** 1–5. */
  aggressiveness: number
  /** The traits of the optimizer; if omitted, the documented ones. */
  traits?: PersonalityTraits
  /** Whether a knob may be turned at all. */
  isOpen: (knob: Knob) => boolean
  /** The value that may be tried in place of `to`; undefined if none may. */
  allowed: (knob: Knob, from: KnobValue, to: KnobValue) => KnobValue | undefined
  /** A knob to leave alone, because the changes may not be tried together for now; undefined if they may. */
  refused: (changes: readonly KnobChange[]) => string | undefined
  /** Finished trials on the agent, oldest first. */
  trials?: readonly FinishedTrial[]
  /** The values of a choice that no trial has measured; if omitted, none. */
  untried?: (knob: Knob) => readonly KnobValue[]
  /** Maximum number of knobs to turn; by default, the aggressiveness decides. */
  maxChanges?: number
}

/** Knob changes worth one trial. */
export interface Proposal {
  changes: KnobChange[]
  /** Whether it is expected to help, rather than only to explore. */
  isPromising: boolean
  /** The reason, for a person. */
  why: string
}
