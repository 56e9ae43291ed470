import type { JudgedMetric } from './knob.ts'

export type Verdict = 'keep' | 'roll-back' | 'undecided'
export type Arm = 'control' | 'candidate'
/** The state of a trial; `kept` and `restored` are final. */
export type TrialState = 'applying' | 'observing' | 'widening' | 'restoring' | 'kept' | 'restored'
export type TrialDesign = 'concurrent' | 'before-after'

/** One observation of one arm. `value` is milliseconds for times, 0 or 1 for proportions. */
export interface Sample {
  /** Milliseconds since the epoch. */
  at: number
  value: number
  instance: string
}
export interface ArmSamples {
  control: Sample[]
  candidate: Sample[]
}

/** The measurements and the conclusion of a trial, also while it runs. */
export interface Judgement {
  decision: 'continue' | Verdict
  metric: JudgedMetric
  design: TrialDesign
  /** Improvement of the target: percent for times (positive is faster), points for rates and scores. */
  improvement: number | null
  /** The interval of `improvement`, valid at every interim look. */
  interval: [low: number, high: number] | null
  samples: { control: number; candidate: number }
  reason: string
}
