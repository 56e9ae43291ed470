import { sql } from 'kysely'
import type { RecordedToken } from '../model/access.ts'
import { OptimizerError } from '../model/errors.ts'
import { insertAuditEntry } from './audit-entries.ts'
import { type Database, inTransaction } from './database.ts'

export type NewToken = Pick<RecordedToken, 'name' | 'role' | 'agents' | 'createdBy' | 'expiresAt'> & { digest: Buffer }

/** @throws OptimizerError `token-exists` if one with this name was not revoked */
export function insertToken(db: Database, token: NewToken): Promise<RecordedToken> {
  return inTransaction(db, async (db) => {
    const inserted = await db
      .insertInto('apiTokens')
      .values(token)
      .onConflict((conflict) => conflict.column('name').where('revokedAt', 'is', null).doNothing())
      .returningAll()
      .executeTakeFirst()
    if (!inserted)
      throw new OptimizerError(
        'token-exists',
        `A token named ${token.name} already exists; revoke it first, or choose another name.`,
      )
    const { digest: _, ...recorded } = inserted
    const { name, role, agents, createdBy: actor, expiresAt } = recorded
    await insertAuditEntry(db, { action: 'token.created', actor, subject: name, detail: { role, agents, expiresAt } })
    return recorded
  })
}

/** All tokens, also those that have expired or were revoked, oldest first. */
export function listTokens(db: Database): Promise<(RecordedToken & { digest: Buffer })[]> {
  return db.selectFrom('apiTokens').orderBy('id').selectAll().execute()
}

/** Revokes the token with this name. @throws OptimizerError `unknown-token` */
export function revokeToken(db: Database, name: string, by: string, reason: string): Promise<void> {
  return inTransaction(db, async (db) => {
    const { numUpdatedRows } = await db
      .updateTable('apiTokens')
      .set({ revokedAt: sql<Date>`now()`, revokedBy: by })
      .where('name', '=', name)
      .where('revokedAt', 'is', null)
      .executeTakeFirst()
    if (numUpdatedRows === 0n)
      throw new OptimizerError(
        'unknown-token',
        `There is no valid token ${name}; npx optimizer tokens list shows the valid ones.`,
      )
    await insertAuditEntry(db, { action: 'token.revoked', actor: by, subject: name, reason })
  })
}

/** Records that a token was used; its first use is part of the audit log. */
export function recordTokenUse(db: Database, { id, name }: Pick<RecordedToken, 'id' | 'name'>, detail: unknown): Promise<void> {
  return inTransaction(db, async (db) => {
    const before = await db.selectFrom('apiTokens').where('id', '=', id).select('lastUsedAt').forUpdate().executeTakeFirst()
    await db.updateTable('apiTokens').set({ lastUsedAt: sql<Date>`now()` }).where('id', '=', id).execute()
    if (before?.lastUsedAt === null)
      await insertAuditEntry(db, { action: 'token.first-used', actor: name, subject: name, detail })
  })
}
