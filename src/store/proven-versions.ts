import { type Configuration, configuration } from './configurations.ts'
import type { Database } from './database.ts'

/** What was the proven configuration at a time; undefined before the agent was known. */
export async function configurationAt(db: Database, agentId: string, time: Date): Promise<Configuration | undefined> {
  const then = await db
    .selectFrom('provenVersions')
    .where('agentId', '=', agentId)
    .where('since', '<=', time)
    .orderBy('since', 'desc')
    .orderBy('id', 'desc')
    .select('version')
    .limit(1)
    .executeTakeFirst()
  return then && (await configuration(db, agentId, then.version))
}

export type ProvenVersion = Pick<Configuration, 'version' | 'origin' | 'trialId' | 'restoresVersion' | 'reason'> & { since: Date }

/** What was in force since when and why, newest first. */
export function provenHistory(db: Database, agentId: string, limit = 100): Promise<ProvenVersion[]> {
  return db
    .selectFrom('provenVersions as proven')
    .innerJoin('configurations as configuration', (join) =>
      join.onRef('configuration.agentId', '=', 'proven.agentId').onRef('configuration.version', '=', 'proven.version'),
    )
    .where('proven.agentId', '=', agentId)
    .orderBy('proven.id', 'desc')
    .limit(limit)
    .select(['proven.since', 'proven.version', 'origin', 'trialId', 'restoresVersion', 'reason'])
    .execute()
}
