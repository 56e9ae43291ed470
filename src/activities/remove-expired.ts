import { pino } from 'pino'
import type { Activities } from '../contract/activities.ts'
import { readEngineSettings } from '../reading/engine-settings.ts'
import { removeGoneInstances } from '../store/gone-instances.ts'
import { ensurePartitions } from '../store/partitions.ts'
import { removeExpired } from '../store/retention.ts'
import { deleteSupersededProfiles } from '../store/snapshots.ts'
import { deleteWaitingTelemetry } from '../store/telemetry/ingest.ts'
import type { Dependencies } from './dependencies.ts'

/** Rows that lie among others are removed for this long at once. */
const removalMs = 20_000
const partitionDaysAhead = 8

/**
 * Removes data that is older than `data_retention_days` (D7), instances that are gone for as long, superseded profiles and parts of traces
 * whose other parts never arrived, and creates the partitions for the coming days.
 */
export function createRemoveExpired({ db, config }: Dependencies): Activities['removeExpired'] {
  const log = pino({ name: 'retention', level: config.logLevel })
  return async () => {
    await ensurePartitions(db, new Date(), partitionDaysAhead)
    const lost = await deleteWaitingTelemetry(db, Date.now())
    if (lost > 0) log.warn({ lost }, 'usage and scores were dropped, because the executions that they belong to never arrived')
    await deleteSupersededProfiles(db)
    const settings = await readEngineSettings({ db, config })
    const deadline = Date.now() + removalMs
    const { partitions, rows, isComplete } = await removeExpired(db, {
      retentionDays: settings.data_retention_days,
      watchMs: config.trials.watchMs,
      deadline,
    })
    const gone = await removeGoneInstances(db, settings.data_retention_days, deadline)
    return { partitions: partitions.length, rows: rows + gone, isComplete }
  }
}
