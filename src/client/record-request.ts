import type { NewAuditEntry } from '../model/audit.ts'
import { insertAuditEntry, insertRequestWithoutEffect, type RequestWithoutEffect } from '../store/audit-entries.ts'
import type { Database } from '../store/database.ts'

/** Adds a person's request to the audit log. A request that was carried out does not fail because it cannot be recorded. */
export async function recordRequest(db: Database, entry: NewAuditEntry): Promise<void> {
  await insertAuditEntry(db, entry).catch(() => undefined)
}

/** The same for a request that changed nothing. */
export async function recordRequestWithoutEffect(db: Database, request: RequestWithoutEffect): Promise<void> {
  await insertRequestWithoutEffect(db, request).catch(() => undefined)
}
