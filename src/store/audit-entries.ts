import type { NewAuditEntry } from '../model/audit.ts'
import type { Database } from './database.ts'

/** Adds to the audit what no other table records. */
export async function insertAuditEntry(db: Database, { detail, ...entry }: NewAuditEntry): Promise<void> {
  const optional = { subject: null, cause: null, workflowId: null }
  await db
    .insertInto('auditEntries')
    .values({ ...optional, ...entry, detail: detail === undefined ? null : JSON.stringify(detail) })
    .execute()
}
