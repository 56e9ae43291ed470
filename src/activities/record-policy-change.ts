import { isDeepStrictEqual } from 'node:util'
import type { Activities } from '../contract/activities.ts'
import type { Policy } from '../model/policy.ts'
import { recordPolicyChanges } from '../store/policy-changes.ts'
import type { Dependencies } from './dependencies.ts'

/** Records a row of the audit trail for every field that changed, all or none. */
export function createRecordPolicyChange({ db }: Dependencies): Activities['recordPolicyChange'] {
  return async ({ before, after, by, reason }) => {
    const changed = (Object.keys(after) as (keyof Policy)[]).filter((field) => !isDeepStrictEqual(before[field], after[field]))
    const change = (field: keyof Policy) => ({ field, oldValue: before[field], newValue: after[field], changedBy: by, reason })
    await recordPolicyChanges(db, changed.map(change))
  }
}
