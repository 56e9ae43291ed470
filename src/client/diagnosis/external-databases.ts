import { openExternalDatabase } from '../../importing/open.ts'
import { planImport } from '../../importing/plan.ts'
import { describeError } from '../../model/errors.ts'
import type { ExternalDatabaseSettings } from '../../model/external-database.ts'
import { formatDuration, pluralize } from '../../model/format.ts'
import type { TablePlan } from '../../model/import-mapping.ts'
import { openDatabase } from '../../store/database.ts'
import { type ExternalDatabaseRecord, listExternalDatabaseRecords } from '../../store/external-databases.ts'
import { type DiagnosisFinding, failedFinding, okFinding, warningFinding } from './finding.ts'

/** Readings that may fail to come before the API is asked about. */
const toleratedReadings = 6

/**
 * Checks from this machine whether each external database can be read, and when the API last read it.
 * @param databaseUrl the optimizer's own database; undefined if it is not known
 */
export async function diagnoseExternalDatabases(
  databases: readonly ExternalDatabaseSettings[],
  databaseUrl: string | undefined,
): Promise<DiagnosisFinding[]> {
  if (databases.length === 0) return []
  const records = databaseUrl === undefined ? [] : await loadRecords(databaseUrl)
  return await Promise.all(
    databases.map((settings) => diagnose(settings, records && (records.find(({ name }) => name === settings.name) ?? null))),
  )
}

/** Undefined if there are none to be had, which another check reports. */
async function loadRecords(databaseUrl: string): Promise<ExternalDatabaseRecord[] | undefined> {
  const db = openDatabase(databaseUrl)
  try {
    return await listExternalDatabaseRecords(db)
  } catch {
    return undefined
  } finally {
    await db.destroy().catch(() => undefined)
  }
}

async function diagnose(
  settings: ExternalDatabaseSettings,
  record: ExternalDatabaseRecord | null | undefined,
): Promise<DiagnosisFinding> {
  const check = `database ${settings.name}`
  try {
    const database = await openExternalDatabase(settings)
    try {
      const { tables, left } = await planImport(database, settings.mapping, { isFollowed: true, market: settings.market })
      const unmapped = left.filter(({ table }) => table in settings.mapping.tables)
      if (unmapped.length > 0)
        return failedFinding(
          check,
          unmapped.map(({ reason }) => reason).join('; '),
          'correct externalDatabases in the configuration',
        )
      return judge(check, settings, tables, record)
    } finally {
      await database.close()
    }
  } catch (error) {
    return failedFinding(
      check,
      describeError(error),
      'correct externalDatabases in the configuration, or fix the problem in the database',
    )
  }
}

function judge(
  check: string,
  { everySeconds }: ExternalDatabaseSettings,
  tables: readonly TablePlan[],
  record: ExternalDatabaseRecord | null | undefined,
): DiagnosisFinding {
  const readable = tables.map(({ table, from }) => (table === from ? table : `${table} from ${from}`)).join(', ')
  if (record === undefined) return okFinding(check, `readable: ${readable}`)
  if (!record?.readAt)
    return warningFinding(check, `readable (${readable}), but not read so far`, 'start the API, which reads it')
  const ageMs = Date.now() - record.readAt.getTime()
  const refused = record.refused > 0 ? `, ${record.refused} refused, see the log of the API` : ''
  const found = `${readable}; ${pluralize(record.taken, 'row')} imported${refused}; last read ${formatDuration(Math.max(0, ageMs))} ago`
  if (record.problem)
    return warningFinding(check, `${found}; the API reports: ${record.problem}`, 'check whether the API can reach it too')
  return ageMs > toleratedReadings * everySeconds * 1_000
    ? warningFinding(check, found, 'check whether the API is running, and see its log')
    : okFinding(check, found)
}
