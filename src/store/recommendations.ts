import type { Recommendation } from '../model/capacity.ts'
import type { Database } from './database.ts'

/** Records what a cycle recommends, in place of what earlier ones did; repeating it changes nothing. */
export async function recordRecommendations(
  db: Database,
  cycleId: string,
  recommended: readonly Recommendation[],
): Promise<void> {
  const content = JSON.stringify(recommended)
  await db.deleteFrom('cycleRecommendations').where('cycleId', '!=', cycleId).execute()
  await db
    .insertInto('cycleRecommendations')
    .values({ cycleId, content })
    .onConflict((conflict) => conflict.column('cycleId').doUpdateSet({ content }))
    .execute()
}

/** The recommendations of the latest completed cycle; empty before the first one. */
export async function listRecommendations(db: Database): Promise<Recommendation[]> {
  const latest = await db
    .selectFrom('cycleRecommendations')
    .orderBy('recordedAt', 'desc')
    .limit(1)
    .select('content')
    .executeTakeFirst()
  return latest?.content ?? []
}
