import { pino } from 'pino'
import type { Activities } from '../contract/activities.ts'
import { readEngineSettings } from '../reading/engine-settings.ts'
import { raiseAlert, resolveAlert } from '../store/alerts.ts'
import type { Database } from '../store/database.ts'
import { removeGoneInstances } from '../store/gone-instances.ts'
import { ensurePartitions } from '../store/partitions.ts'
import { advanceRemovalClock } from '../store/removal-progress.ts'
import { removeExpired } from '../store/retention.ts'
import { deleteSupersededAgentProfiles } from '../store/snapshots.ts'
import { deleteUnmatchedTelemetry } from '../store/telemetry/ingest.ts'
import { listRunningRestoreRunIds } from '../temporal/running-restores.ts'
import type { Dependencies } from './dependencies.ts'

/** Rows that lie among others are removed for this long at once. */
const removalMs = 20_000
const partitionDaysAhead = 8
const dayMs = 86_400_000
/** The alert about the clock is raised if the removal is further behind; otherwise it catches up within hours. */
const tolerableLagMs = 3 * dayMs

/**
 * Removes data that is older than `data_retention_days` (D7), instances that are gone for as long, superseded profiles and parts of traces
 * whose other parts never arrived, and creates the partitions for the coming days.
 */
export function createRemoveExpiredActivity({ db, temporal, config }: Dependencies): Activities['removeExpired'] {
  const log = pino({ name: 'retention', level: config.logLevel })
  return async () => {
    await ensurePartitions(db, new Date(), partitionDaysAhead)
    const lost = await deleteUnmatchedTelemetry(db, Date.now())
    if (lost > 0) log.warn({ lost }, 'usage and scores were dropped, because the executions they belong to never arrived')
    await deleteSupersededAgentProfiles(db)
    const settings = await readEngineSettings({ db, config })
    const deadline = Date.now() + removalMs
    const now = await advanceRemovalClock(db, Date.now())
    await alertOnLag(db, Date.now() - now)
    const { partitions, rows, isComplete } = await removeExpired(db, {
      retentionDays: settings.data_retention_days,
      watchMs: config.trials.watchMs,
      runningRestores: await listRunningRestoreRunIds(temporal),
      deadline,
      now,
    })
    const gone = await removeGoneInstances(db, settings.data_retention_days, deadline)
    return { partitions: partitions.length, rows: rows + gone, isComplete }
  }
}

/** A clock that jumped forward cannot be told from an installation that was off: a person has to know, before more is removed. */
async function alertOnLag(db: Database, lagMs: number): Promise<void> {
  const alert = { cause: 'doubtful-clock', component: 'retention' } as const
  if (lagMs <= tolerableLagMs) return await resolveAlert(db, alert)
  const days = Math.round(lagMs / dayMs)
  const message = `The clock is ${days} days ahead of the last removal of old data. Unless the optimizer was off for that long, correct the clock, because another day of data is removed every hour.`
  await raiseAlert(db, { ...alert, severity: 'high', message })
}
