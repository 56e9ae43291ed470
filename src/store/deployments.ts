import type { Selectable } from 'kysely'
import type { Database } from './database.ts'
import type { AnomalyTables } from './schema/anomalies.ts'

export type Deployment = Selectable<AnomalyTables['deployments']>

/** Records a deployment. @returns its id */
export async function insertDeployment(db: Database, deployment: Omit<Deployment, 'id'>): Promise<number> {
  const { id } = await db.insertInto('deployments').values(deployment).returning('id').executeTakeFirstOrThrow()
  return id
}
