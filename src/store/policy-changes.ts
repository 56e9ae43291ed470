import type { Selectable } from 'kysely'
import type { Database } from './database.ts'
import type { OptimizationTables } from './schema/optimization.ts'

export type PolicyChange = Selectable<OptimizationTables['policyChanges']>

/** Adds to the audit trail of the policy; `changedBy` is a person or the part that decided. */
export async function recordPolicyChanges(
  db: Database,
  changes: { field: string; oldValue: unknown; newValue: unknown; changedBy: string; reason: string }[],
): Promise<void> {
  if (changes.length === 0) return
  const json = (value: unknown) => JSON.stringify(value ?? null)
  const rows = changes.map((change) => ({ ...change, oldValue: json(change.oldValue), newValue: json(change.newValue) }))
  await db.insertInto('policyChanges').values(rows).execute()
}

/** Newest first. */
export function policyChanges(db: Database, limit = 50): Promise<PolicyChange[]> {
  return db.selectFrom('policyChanges').orderBy('id', 'desc').limit(limit).selectAll().execute()
}
