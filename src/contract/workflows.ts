/** The workflows: their types, ids, inputs and results. */
import type { AgentRestore, ApprovalTrialInput, CycleInput, RestoreInput, TrialInput } from '../model/commands.ts'
import type { ControlStatus } from '../model/cycle.ts'
import type { RestoreResult, TrialOutcome } from './activities.ts'

export const controlWorkflowId = 'optimizer'
export const cycleWorkflowId = (at: Date) => `cycle-${at.toISOString()}`
export const trialWorkflowId = (trialId: string) => `trial-${trialId}`
/** At most one workflow restores a trial at a time. */
export const restoreWorkflowId = (trialId: string) => `restore-${trialId}`
export const agentRestoreWorkflowId = ({ agentId }: AgentRestore, at: Date) => `restore-${agentId}-${at.toISOString()}`

export interface CycleResult {
  bottlenecks: number
  outcomes: TrialOutcome[]
  /** Strategies that were planned but not tried, and why. */
  deferred: string[]
  /** Agents and bottlenecks for which nothing could be planned, and why. */
  skipped: string[]
  overallImprovement: number
}

/** State that the `optimizer` workflow carries over when it continues as new. */
export type ControlState = ControlStatus

/** Every workflow type by its name. */
export interface Workflows {
  optimizationCycle(input?: CycleInput): Promise<CycleResult>
  trial(input: TrialInput | ApprovalTrialInput): Promise<TrialOutcome>
  restore(input: RestoreInput): Promise<RestoreResult>
  optimizer(carried?: ControlState): Promise<void>
}
