/** The workflows: their types, ids, inputs and results. */
import type {
  AgentRestore,
  ApprovalTrialInput,
  CycleWorkflowInput,
  LongTrialInput,
  RestoreInput,
  TrialInput,
} from '../model/commands.ts'
import type { OptimizerState } from '../model/cycle.ts'
import { nameProfileSubject, type ProfileRequest, type ProfileRequestInput } from '../model/performance-profile.ts'
import type { RemovalResult, RestoreResult, TrialOutcome } from './activities.ts'
import type { ProfileRefusal, ProfileTarget } from './profiles.ts'

/** Temporal refuses longer summaries of workflows and activities (`limit.userMetadataSummarySize`). */
export const maxSummaryBytes = 400

export const optimizerWorkflowId = 'optimizer'
export const monitoringWorkflowId = 'monitoring'
export const retentionScheduleId = 'retention'
export const getCycleWorkflowId = (at: Date) => `cycle-${at.toISOString()}`
export const getTrialWorkflowId = (trialId: string) => `trial-${trialId}`
/** At most one workflow restores a trial at a time. */
export const getRestoreWorkflowId = (trialId: string) => `restore-${trialId}`
export const getAgentRestoreWorkflowId = ({ agentId }: AgentRestore, at: Date) => `restore-${agentId}-${at.toISOString()}`

/** At most one profile of the same subject and kind is taken at a time; a further request returns that one. */
export const getProfileWorkflowId = ({ subject }: ProfileRequest) =>
  `profile-${nameProfileSubject(subject)}${'kind' in subject ? `-${subject.kind}` : ''}`

export interface ProfileOutcome {
  profileIds: number[]
  /** Profiles that were not taken, and why. */
  refused: ProfileRefusal[]
  /** Such profiles that are left out; missing if there are none. */
  moreRefused?: number
}

/** The progress of profiling a large fleet in earlier runs of the workflow. */
export interface ProfileProgress extends ProfileOutcome {
  /** Those still to be taken, of the agents up to `next`. */
  targets: ProfileTarget[]
  /** After this agent, others are still to be planned; missing if there are none. */
  next?: string
  lines: string[]
}

/** As much of it as fits into one payload; the record of the cycle has all. */
export interface CycleResult {
  bottlenecks: number
  outcomes: TrialOutcome[]
  /** Outcomes that are left out; missing if there are none. */
  moreOutcomes?: number
  /** Strategies that were planned but not tried, and why. */
  deferred: string[]
  /** Agents and bottlenecks for which nothing could be planned, and why. */
  skipped: string[]
  overallImprovement: number
}

/** The end of a trial, as returned to the operator who asked for it. */
export interface TrialEndResult {
  trialId: string
  /** Whether the agent keeps its change. */
  kept: boolean
  /** Instances that do not run with a kept change because they did not respond; they get it when they do. */
  silent: string[]
  /** A sentence about each instance that confirmed a kept change but runs with other values; missing if there is none. */
  drifting?: string[]
  /** The outcome of the restore; null if nothing was restored, or a separate workflow is still restoring it. */
  restored: RestoreResult | null
  /** The workflow that continues the restore; null if nothing is left to do. */
  handedOverTo: string | null
  reason: string
}

/** Every workflow type by its name. `optimizer` carries its state over when it continues as new. */
export interface Workflows {
  optimizationCycle(input?: CycleWorkflowInput): Promise<CycleResult>
  trial(input: TrialInput | ApprovalTrialInput | LongTrialInput): Promise<TrialOutcome>
  restore(input: RestoreInput): Promise<RestoreResult>
  optimizer(carried?: OptimizerState): Promise<void>
  monitoring(): Promise<void>
  retention(): Promise<RemovalResult>
  profile(input: ProfileRequestInput, progress?: ProfileProgress): Promise<ProfileOutcome>
}
/** The type of a workflow. */
export type WorkflowName = keyof Workflows
