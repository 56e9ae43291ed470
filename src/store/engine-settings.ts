import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import type { EngineSettings, EngineSettingsOverrides } from '../model/engine-settings.ts'
import { insertRequestWithoutEffect } from './audit-entries.ts'
import type { Database } from './database.ts'

/** The parameters of the performance engine that were set while it ran. */
export async function getEngineOverrides(db: Database): Promise<EngineSettingsOverrides> {
  const row = await db.selectFrom('engineSettingChanges').orderBy('id', 'desc').limit(1).select('settings').executeTakeFirst()
  return row?.settings ?? {}
}

/**
 * The parameters of the performance engine in force: each as last set while it ran, or else that of the configuration.
 * @param configured those of the configuration
 */
export async function getEngineSettings(db: Database, configured: EngineSettings): Promise<EngineSettings> {
  return { ...configured, ...(await getEngineOverrides(db)) }
}

/** Changes the parameters that are set for every process; changes at the same time are made one after the other. */
export async function changeEngineSettings(
  db: Database,
  change: (before: EngineSettingsOverrides) => EngineSettingsOverrides,
  changedBy: string,
): Promise<EngineSettingsOverrides> {
  return await db.transaction().execute(async (trx) => {
    await sql`lock table engine_setting_changes in exclusive mode`.execute(trx)
    const before = await getEngineOverrides(trx)
    const settings = change(before)
    if (isDeepStrictEqual(before, settings)) {
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
