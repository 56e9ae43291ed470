/** What stays on record; the tables of the store hold exactly this. */
import type { ApprovalState } from './approval.ts'
import type { KnobValues } from './knob.ts'
import type { Origin } from './origin.ts'
import type { ArmMetrics } from './result.ts'
import type { Judgement, TrialDesign, TrialState } from './trial.ts'

/** A trial as it is on record. */
export interface RecordedTrial {
  state: TrialState
  design: TrialDesign
  baselineVersion: number
  candidateVersion: number
  restoredVersion: number | null
  candidateInstances: string[]
  controlInstances: string[]
  widenedInstances: string[] | null
  startedAt: Date
  observingAt: Date | null
  widenedAt: Date | null
  watchedUntil: Date | null
  endedAt: Date | null
  judgement: Judgement | null
  metrics: ArmMetrics | null
  issues: string[]
}

/** A version of an agent's configuration. */
export interface RecordedVersion {
  version: number
  values: KnobValues
  origin: Origin
  trialId: string | null
  reason: string
  createdAt: Date
}

/** What a person was asked to approve, and what came of it. */
export interface RecordedApproval {
  state: ApprovalState
  askedAt: Date
  until: Date
  decidedAt: Date | null
  decidedBy: string | null
  reason: string | null
}

/** A change of one field of the policy. */
export interface RecordedPolicyChange {
  field: string
  oldValue: unknown
  newValue: unknown
  /** A person, or the part that decided. */
  changedBy: string
  reason: string
  changedAt: Date
}
