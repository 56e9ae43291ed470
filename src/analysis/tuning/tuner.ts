import type { KnobChange, TrialRecord } from '../../model/experience.ts'
import type { Knob, KnobValue, KnobValues, MetricName } from '../../model/knob.ts'
import type { Policy } from '../../model/policy.ts'

export interface TuningRequest {
  knobs: Knob[]
  /** The proven configuration; a knob it lacks stands at its default. */
  current: KnobValues
  /** What has to improve. */
  metric: MetricName
  /** Finished trials on agents of this kind, oldest first. */
  trials: TrialRecord[]
  /** 1–5. */
  aggressiveness: number
  resourceMode: Policy['resourceMode']
  /** Names of knobs that must be left alone, for another strategy turns them. */
  exclude: Set<string>
  /** The value that may be tried in place of `to`, undefined where none may; any may where this is left out. */
  allowed?: (knob: Knob, from: KnobValue, to: KnobValue) => KnobValue | undefined
  /** Most knobs to turn; the aggressiveness decides when it is left out. */
  maxChanges?: number
}

/** Knob changes worth one trial. */
export interface Proposal {
  changes: KnobChange[]
  /** In words for a person. */
  why: string
}

/** Chooses the next values to try: pure, deterministic, always within the knobs' bounds. */
export interface Tuner {
  /** Undefined when nothing is left that is worth trying. */
  propose(request: TuningRequest): Proposal | undefined
}
