import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import type { EngineSettings } from '../model/engine-settings.ts'
import { insertRequestWithoutEffect } from './audit-entries.ts'
import type { Database } from './database.ts'

/** The parameters of the performance engine as last changed while it ran; undefined if they never were. */
export async function findEngineSettings(db: Database): Promise<EngineSettings | undefined> {
  const row = await db.selectFrom('engineSettingChanges').orderBy('id', 'desc').limit(1).select('settings').executeTakeFirst()
  return row?.settings
}

/**
 * The parameters of the performance engine in force: as last changed while it ran, or else those of the configuration.
 * @param configured those of the configuration
 */
export async function getEngineSettings(db: Database, configured: EngineSettings): Promise<EngineSettings> {
  return (await findEngineSettings(db)) ?? configured
}

/** Changes the parameters in force for every process; changes at the same time are made one after the other. */
export async function changeEngineSettings(
  db: Database,
  change: (before: EngineSettings | undefined) => EngineSettings,
  changedBy: string,
): Promise<EngineSettings> {
  return await db.transaction().execute(async (trx) => {
    await sql`lock table engine_setting_changes in exclusive mode`.execute(trx)
    const before = await findEngineSettings(trx)
    const settings = change(before)
    if (before && isDeepStrictEqual(before, settings)) {
      await insertRequestWithoutEffect(trx, { asked: 'changeEngineSettings', actor: changedBy })
      return settings
    }
    await trx
      .insertInto('engineSettingChanges')
      .values({ settings: JSON.stringify(settings), changedBy })
      .execute()
    return settings
  })
}
