import type { NewAuditEntry } from '../model/audit.ts'
import { insertAuditEntry } from '../store/audit-entries.ts'
import type { Database } from '../store/database.ts'

/** Adds what a person asked for to the audit. A request that was carried out does not fail because it cannot be recorded. */
export async function recordRequest(db: Database, entry: NewAuditEntry): Promise<void> {
  await insertAuditEntry(db, entry).catch(() => undefined)
}
