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

/** The policy of the workflow `optimizer`, which is started if it is not running. */
export function createReadPolicy({ temporal, config }: Dependencies): Activities['readPolicy'] {
  return async () =>
    await temporal.workflow.executeUpdateWithStart(readPolicyUpdate, {
      startWorkflowOperation: createControlStartOperation(config),
    })
}

/** The recorded policy, from which a new workflow `optimizer` starts. */
export function createLoadPolicy({ db }: Dependencies): Activities['loadPolicy'] {
  return async () => ({ policy: await loadRecordedPolicy(db), ...(await countCycleResults(db)) })
}

/** Records a row for every field that changed, all or none; `pause` and `resume` record pauses. */
export function createRecordPolicyChange({ db }: Dependencies): Activities['recordPolicyChange'] {
  return async ({ before, after, by, reason }) => {
    const fields = (Object.keys(after) as (keyof Policy)[]).filter((field) => field !== 'paused')
    const changed = fields.filter((field) => !isDeepStrictEqual(before[field], after[field]))
    const change = (field: keyof Policy) => ({ field, oldValue: before[field], newValue: after[field], changedBy: by, reason })
    await recordPolicyChanges(db, changed.map(change))
  }
}

export function createPause({ db }: Dependencies): Activities['pause'] {
  return async ({ by, reason, aborts }) => await recordPause(db, by, reason, aborts)
}

export function createResume({ db }: Dependencies): Activities['resume'] {
  // Workflows that started with older code do not send who resumed.
  return async ({ by, reason } = { by: 'signal', reason: 'a signal' }) => await recordResume(db, by, reason)
}
