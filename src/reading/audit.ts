import type { AuditPage, AuditQuery } from '../model/audit.ts'
import { listAuditEntries } from '../store/audit.ts'
import type { ReadingContext } from './context.ts'

/** A page of the audit: who decided or did what, when and why, newest first. */
export async function readAudit({ db }: Pick<ReadingContext, 'db'>, query: AuditQuery): Promise<AuditPage> {
  return await listAuditEntries(db, query)
}
