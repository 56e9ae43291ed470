import type { RestoreResult, TrialOutcome } from '../contract/activities.ts'

/** A workflow that was started, and the wait for its result. */
export interface StartedWorkflow<T> {
  workflowId: string
  /** @param signal ends only the waiting */
  result(signal?: AbortSignal): Promise<T>
}

/** A rollback; without a workflow if the change was undone already. */
export interface StartedRollback extends Pick<StartedWorkflow<RestoreResult>, 'result'> {
  workflowId: string | null
}

/** A trial that a person asked for. */
export interface StartedTrial extends StartedWorkflow<TrialOutcome> {
  trialId: string
}
