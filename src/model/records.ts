/** Records, exactly as the tables of the store hold them. */
import type { ApprovalState } from './approval.ts'
import type { KnobValues } from './knob.ts'
import type { Origin } from './origin.ts'
import type { ArmMetrics } from './result.ts'
import type { Judgement, TrialDesign, TrialState } from './trial.ts'

/** A recorded trial. */
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

/** A request for a person's approval, and its outcome. */
export interface RecordedApproval {
  state: ApprovalState
  askedAt: Date
  until: Date
  decidedAt: Date | null
  decidedBy: string | null
  reason: string | null
}
