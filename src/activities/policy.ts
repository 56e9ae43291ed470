/** The policy: held by the workflow `optimizer`, recorded in the database. */
import { isDeepStrictEqual } from 'node:util'
import type { Activities } from '../contract/activities.ts'
import { readPolicyUpdate } from '../contract/messages.ts'
import type { Policy } from '../model/policy.ts'
import { recordPause, recordResume } from '../store/pause.ts'
import { loadRecordedPolicy, recordPolicyChanges } from '../store/policy-changes.ts'
import { countCycleResults } from '../store/results.ts'
import { createControlStartOperation } from '../temporal/starters.ts'
import type { Dependencies } from './dependencies.ts'

/** The policy as the workflow `optimizer` holds it; starts that workflow where none runs. */
export function createReadPolicy({ temporal, config }: Dependencies): Activities['readPolicy'] {
  return async () =>
    await temporal.workflow.executeUpdateWithStart(readPolicyUpdate, {
      startWorkflowOperation: createControlStartOperation(config),
    })
}

/** What a new workflow `optimizer` starts from. */
export function createLoadPolicy({ db }: Dependencies): Activities['loadPolicy'] {
  return async () => ({ policy: await loadRecordedPolicy(db), ...(await countCycleResults(db)) })
}

/** One row of the record for every field that changed, all or none; a pause is recorded by `pause` and `resume`. */
export function createRecordPolicyChange({ db }: Dependencies): Activities['recordPolicyChange'] {
  return async ({ before, after, by, reason }) => {
    const fields = (Object.keys(after) as (keyof Policy)[]).filter((field) => field !== 'paused')
    const changed = fields.filter((field) => !isDeepStrictEqual(before[field], after[field]))
    const change = (field: keyof Policy) => ({ field, oldValue: before[field], newValue: after[field], changedBy: by, reason })
    await recordPolicyChanges(db, changed.map(change))
  }
}

export function createPause({ db }: Dependencies): Activities['pause'] {
  return async ({ by, reason }) => await recordPause(db, by, reason)
}

export function createResume({ db }: Dependencies): Activities['resume'] {
  // Workflows that began with older code do not say who.
  return async ({ by, reason } = { by: 'signal', reason: 'a signal' }) => await recordResume(db, by, reason)
}
