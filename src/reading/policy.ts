import { statusQuery } from '../contract/messages.ts'
import { controlWorkflowId } from '../contract/workflows.ts'
import type { ControlStatus } from '../model/cycle.ts'
import type { Policy } from '../model/policy.ts'
import type { Database } from '../store/database.ts'
import { listLatestPolicyChanges, loadRecordedPolicy } from '../store/policy-changes.ts'
import { countCycleResults } from '../store/results.ts'
import type { ReadingContext } from './context.ts'

const temporalWithinMs = 3_000

/** One field of the policy, with the change it comes from; nulls where it is at its default. */
export interface PolicyField {
  field: keyof Policy
  value: Policy[keyof Policy]
  since: Date | null
  by: string | null
  why: string | null
}

/** The recorded policy, field by field. */
export async function loadPolicyFields(db: Database): Promise<PolicyField[]> {
  const [policy, changes] = await Promise.all([loadRecordedPolicy(db), listLatestPolicyChanges(db)])
  return (Object.keys(policy) as (keyof Policy)[]).map((field) => {
    const change = changes.find((latest) => latest.field === field)
    const { changedAt = null, changedBy = null, reason = null } = change ?? {}
    return { field, value: policy[field], since: changedAt, by: changedBy, why: reason }
  })
}

/** What the workflow `optimizer` holds; what is recorded where it does not run or does not answer. */
export async function loadControlStatus({ db, temporal }: Pick<ReadingContext, 'db' | 'temporal'>): Promise<ControlStatus> {
  const control = temporal.workflow.getHandle(controlWorkflowId)
  try {
    return await temporal.connection.withDeadline(Date.now() + temporalWithinMs, () => control.query(statusQuery))
  } catch {
    const [policy, results] = await Promise.all([loadRecordedPolicy(db), countCycleResults(db)])
    return { policy, ...results, lastCycle: null, cadenceMinutes: null }
  }
}
