import type { Selectable } from 'kysely'
import { insertAuditEntry } from './audit-entries.ts'
import { type Database, inTransaction } from './database.ts'
import type { AnomalyTables } from './schema/anomalies.ts'

export type Deployment = Selectable<AnomalyTables['deployments']>

/** Records a deployment, and that in the audit log. @returns its id */
export function insertDeployment(db: Database, deployment: Omit<Deployment, 'id'>): Promise<number> {
  const { component: subject, description: reason, deployedBy: actor, at } = deployment
  return inTransaction(db, async (db) => {
    const { id } = await db.insertInto('deployments').values(deployment).returning('id').executeTakeFirstOrThrow()
    await insertAuditEntry(db, { action: 'deployment.recorded', actor, subject, reason, detail: { deploymentId: id, at } })
    return id
  })
}
