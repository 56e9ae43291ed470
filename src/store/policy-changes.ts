/** The record of the policy: every change with who and why. A new optimizer workflow starts from it. */
import { isDeepStrictEqual } from 'node:util'
import type { Selectable } from 'kysely'
import { buildPolicy, type Policy } from '../model/policy.ts'
import { type Database, inTransaction } from './database.ts'
import { countRows, isWithin, type PageRange, paginateNewestFirst, type TimeFilter } from './newest-first.ts'
import type { OptimizationTables } from './schema/optimization.ts'

export type PolicyChangeRow = Selectable<OptimizationTables['policyChanges']>

export interface NewPolicyChange {
  field: keyof Policy
  oldValue: unknown
  newValue: unknown
  /** A person, or the part that decided. */
  changedBy: string
  reason: string
}

/** Adds to the record, all or nothing; what is already recorded, for example by an earlier attempt, is not added again. */
export function recordPolicyChanges(db: Database, changes: NewPolicyChange[]): Promise<void> {
  return inTransaction(db, async (db) => {
    const latest = new Map((await listLatestPolicyChanges(db)).map(({ field, newValue }) => [field, newValue]))
    const isRecorded = ({ field, newValue }: NewPolicyChange) =>
      latest.has(field) && isDeepStrictEqual(latest.get(field), newValue)
    const added = changes.filter((change) => !isRecorded(change))
    if (added.length > 0) await insertPolicyChanges(db, added)
  })
}

export async function insertPolicyChanges(db: Database, changes: NewPolicyChange[]): Promise<void> {
  const json = (value: unknown) => JSON.stringify(value ?? null)
  const rows = changes.map((change) => ({ ...change, oldValue: json(change.oldValue), newValue: json(change.newValue) }))
  await db.insertInto('policyChanges').values(rows).execute()
}

/** The policy as recorded; what was never changed is at its default. */
export async function loadRecordedPolicy(db: Database): Promise<Policy> {
  const latest = await listLatestPolicyChanges(db)
  return buildPolicy(Object.fromEntries(latest.map(({ field, newValue }) => [field, newValue])))
}

/** The newest change of each field that was ever changed. */
export function listLatestPolicyChanges(db: Database): Promise<PolicyChangeRow[]> {
  return db.selectFrom('policyChanges').distinctOn('field').orderBy('field').orderBy('id', 'desc').selectAll().execute()
}

/** A filter for changes; by default all. */
export interface PolicyChangeFilter extends TimeFilter {
  /** Without those of the optimizer itself. */
  byPeople?: boolean | undefined
}

const matching = (db: Database, { byPeople, ...time }: PolicyChangeFilter) =>
  db
    .selectFrom('policyChanges')
    .where(isWithin('changedAt', time))
    .$if(byPeople ?? false, (query) => query.where('changedBy', '<>', 'optimizer'))

/** The number of recorded changes that match. */
export const countPolicyChanges = (db: Database, filter: PolicyChangeFilter = {}): Promise<number> =>
  countRows(matching(db, filter))

/** Those that match, newest first. */
export const listPolicyChanges = (
  db: Database,
  { limit, after, ...filter }: PolicyChangeFilter & PageRange = { limit: 100 },
): Promise<PolicyChangeRow[]> => paginateNewestFirst(matching(db, filter), { limit, after }).selectAll().execute()
