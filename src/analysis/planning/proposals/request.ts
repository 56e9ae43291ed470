import type { KnobChange } from '../../../model/finished-trial.ts'
import type { JudgedMetric, Knob, KnobValue } from '../../../model/knob.ts'
import type { AgentProfile } from '../../../model/profile.ts'
import type { TrialLineage } from './trial-lineages.ts'

/** What has to be known to propose the next change of an agent. */
export interface ProposalRequest {
  agent: AgentProfile
  /** All that it declares. */
  knobs: readonly Knob[]
  /** What has to improve. */
  metric: JudgedMetric
  /** What was tried on agents of its kind, by their ids. */
  lineages: ReadonlyMap<string, readonly TrialLineage[]>
  /** 1–5. */
  aggressiveness: number
  /** Whether a knob may be turned at all. */
  isOpen: (knob: Knob) => boolean
  /** The value that may be tried in place of `to`, undefined where none may. */
  allowed: (knob: Knob, from: KnobValue, to: KnobValue) => KnobValue | undefined
  /** A knob of these that may not be turned so for now, since that was put back lately. */
  refused: (changes: readonly KnobChange[]) => string | undefined
  /** Most knobs to turn; the aggressiveness decides where it is left out. */
  mostChanges?: number
}

/** Knob changes worth one trial. */
export interface Proposal {
  changes: KnobChange[]
  /** Whether it is expected to help, rather than just to show something. */
  isPromising: boolean
  /** In words for a person. */
  why: string
}
