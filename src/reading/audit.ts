import { type AuditPage, type AuditQuery, auditQuerySchema } from '../model/audit.ts'
import { listAuditEntries } from '../store/audit.ts'
import type { ReadContext } from './context.ts'
import { resolveAgentOrTrialId } from './short-ids.ts'

/** The end of a trial's id; a shorter text is rather a name. */
const shortestTrial = 5

/** A page of the audit log: who decided or did what, when and why, newest first. */
export async function readAudit({ db }: Pick<ReadContext, 'db'>, query: AuditQuery): Promise<AuditPage> {
  return await listAuditEntries(db, query)
}

/**
 * The subject of a query to the audit log: the text itself if the audit log has entries about it, as for the name of a token; else it may be a short id
 * of a trial. @throws OptimizerError `invalid-id` if several ids are meant
 */
export async function resolveAuditSubject(context: Pick<ReadContext, 'db'>, text: string): Promise<string> {
  if (text.length < shortestTrial) return text
  const { entries } = await readAudit(context, auditQuerySchema.parse({ subject: text, limit: 1 }))
  return entries.length > 0 ? text : await resolveAgentOrTrialId(context, text)
}
