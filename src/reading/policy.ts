import { z } from 'zod'
import { statusQuery } from '../contract/messages.ts'
import { optimizerWorkflowId } from '../contract/workflows.ts'
import { type OptimizerState, optimizerStateSchema } from '../model/cycle.ts'
import { formatPolicyValue, policyLabels, policySchema } from '../model/policy.ts'
import { type RecordedPolicyChange, recordedPolicyChangeSchema } from '../model/records.ts'
import { findPause } from '../store/pause.ts'
import {
  countPolicyChanges,
  listLatestPolicyChanges,
  listPolicyChanges,
  loadRecordedPolicy,
  type PolicyChangeFilter,
} from '../store/policy-changes.ts'
import { countCycleResults } from '../store/results.ts'
import type { ReadContext, StoredContext } from './context.ts'
import { type ListRange, type Page, readPage } from './list-extent.ts'
import { readFromTemporal } from './temporal.ts'

export const policyViewSchema = z.object({
  state: optimizerStateSchema.describe(
    'The policy and the outcomes of past cycles; the recorded state if the workflow that holds it is not running or not responding',
  ),
  pause: z
    .object({ pausedBy: z.string(), reason: z.string(), since: z.date() })
    .nullable()
    .describe('Who paused the optimizer, when and why; null if it is not paused'),
})
export type PolicyView = z.infer<typeof policyViewSchema>

export const policyFieldSchema = z.object({
  field: policySchema.keyof(),
  label: z.string().describe('Display name'),
  value: z.unknown(),
  text: z.string().describe('The value, formatted for display'),
  since: z
    .date()
    .nullable()
    .describe('When the field was set; null if it has its default, in which case the next two fields are null, too'),
  by: z.string().nullable().describe('A person, or the component that decided'),
  why: z.string().nullable(),
})
export type PolicyField = z.infer<typeof policyFieldSchema>

export const policyChangeSchema = recordedPolicyChangeSchema.extend({
  id: z.int(),
  label: z.string().describe('Display name of the field'),
  oldText: z.string().describe('The old value, formatted for display'),
  newText: z.string().describe('The new value, formatted for display'),
})
export type PolicyChange = z.infer<typeof policyChangeSchema>

/** The policy, and whether the optimizer is paused. */
export async function readPolicy(context: ReadContext): Promise<PolicyView> {
  const [state, pause] = await Promise.all([readOptimizerState(context), findPause(context.db)])
  return { state, pause: pause ?? null }
}

/** The recorded policy field by field, each with the change it comes from. */
export async function readPolicyFields({ db }: StoredContext): Promise<PolicyField[]> {
  const [policy, changes] = await Promise.all([loadRecordedPolicy(db), listLatestPolicyChanges(db)])
  return policySchema.keyof().options.map((field) => {
    const change = changes.find((latest) => latest.field === field)
    const { changedAt = null, changedBy = null, reason = null } = change ?? {}
    const value = policy[field]
    const shown = { label: policyLabels[field]!, value, text: formatPolicyValue(field, value) }
    return { field, ...shown, since: changedAt, by: changedBy, why: reason }
  })
}

/** The changes of the policy that match, newest first. */
export async function readPolicyHistory(
  { db }: StoredContext,
  { limit = 100, after, ...filter }: PolicyChangeFilter & ListRange = {},
): Promise<Page<PolicyChange>> {
  const { items, ...page } = await readPage(listPolicyChanges(db, { ...filter, limit, after }), countPolicyChanges(db, filter))
  return { ...page, items: items.map(describeChange) }
}

const describeChange = (change: RecordedPolicyChange & { id: number }): PolicyChange => ({
  ...change,
  label: policyLabels[change.field] ?? change.field,
  oldText: formatPolicyValue(change.field, change.oldValue),
  newText: formatPolicyValue(change.field, change.newValue),
})

/** The state of the `optimizer` workflow; as recorded if it does not run or Temporal does not answer. */
export async function readOptimizerState(context: ReadContext): Promise<OptimizerState> {
  const { db, temporal } = context
  const held = await readFromTemporal(context, () => temporal.workflow.getHandle(optimizerWorkflowId).query(statusQuery))
  if (held) return held
  const [policy, results] = await Promise.all([loadRecordedPolicy(db), countCycleResults(db)])
  return { policy, ...results, lastCycle: null, cadenceMinutes: null }
}
