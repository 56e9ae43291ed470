import { sql } from 'kysely'
import type { NewAuditEntry } from '../model/audit.ts'
import type { Database } from './database.ts'

/** A request that changed nothing. */
export interface RequestWithoutEffect extends Pick<NewAuditEntry, 'actor' | 'subject' | 'reason' | 'cause' | 'workflowId'> {
  /** The command, as its sender named it. */
  asked: string
  detail?: object
}

/**
 * Records in the audit log a request that had no effect, such as pausing an optimizer that is already paused. The same request of the same
 * sender is added once within an hour, so that a program that repeats itself does not fill the audit log.
 */
export async function insertRequestWithoutEffect(db: Database, { asked, detail, ...entry }: RequestWithoutEffect): Promise<void> {
  const { actor, subject = null } = entry
  const known = await db
    .selectFrom('auditEntries')
    .where('actor', '=', actor)
    .where('action', '=', 'request.without-effect')
    .where('at', '>', sql<Date>`now() - interval '1 hour'`)
    .where('subject', 'is not distinct from', subject)
    .where(sql<boolean>`detail = ${JSON.stringify({ asked, ...detail })}::jsonb`)
    .select('id')
    .limit(1)
    .executeTakeFirst()
  if (known) return
  await insertAuditEntry(db, { ...entry, action: 'request.without-effect', detail: { asked, ...detail } })
}

/** Adds to the audit log what no other table records. */
export async function insertAuditEntry(db: Database, { detail, ...entry }: NewAuditEntry): Promise<void> {
  const optional = { subject: null, cause: null, workflowId: null }
  await db
    .insertInto('auditEntries')
    .values({ ...optional, ...entry, detail: detail === undefined ? null : JSON.stringify(detail) })
    .execute()
}
