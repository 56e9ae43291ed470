import type { Database } from './database.ts'

/** Adds to the audit trail of the policy; `changedBy` is a person or the component that decided. */
export async function recordPolicyChanges(
  db: Database,
  changes: { field: string; oldValue: unknown; newValue: unknown; changedBy: string; reason: string }[],
): Promise<void> {
  if (changes.length === 0) return
  const json = (value: unknown) => JSON.stringify(value ?? null)
  const rows = changes.map((change) => ({ ...change, oldValue: json(change.oldValue), newValue: json(change.newValue) }))
  await db.insertInto('policyChanges').values(rows).execute()
}
