import { findNewHotspot } from '../analysis/profiling/new-hotspot.ts'
import type { RecordedChange } from '../analysis/watching/index.ts'
import type { ChangeEvent } from '../model/change-event.ts'
import type { Database } from '../store/database.ts'
import { findPreviousProfile, getProfile, listProfilesTaken } from '../store/performance-profiles.ts'

/** Profiles that are compared with the previous ones, the newest. */
const mostProfiles = 10

const names: Partial<Record<ChangeEvent['kind'], string>> = {
  configuration: 'configuration ',
  deploy: '',
  restart: 'a restart of ',
}

/**
 * What is on record of components and may have caused an anomaly: configuration versions, deployments, restarts and new hotspots; alerts
 * rather follow. A profile that was taken after the beginning shows what was so by then.
 * @param since the beginning of the anomaly, milliseconds since the epoch
 */
export async function listRecordedChanges(
  db: Database,
  events: readonly ChangeEvent[],
  { from, since, to }: { from: number; since: number; to: number },
): Promise<RecordedChange[]> {
  const changes = events.flatMap(({ kind, component, at, description }) =>
    component === undefined || names[kind] === undefined ? [] : [{ component, at, description: names[kind] + description }],
  )
  const taken = await listProfilesTaken(db, 'cpu', { from: new Date(from), to: new Date(to), limit: mostProfiles })
  for (const record of taken) {
    const previous = await findPreviousProfile(db, record)
    const description = previous && findNewHotspot((await getProfile(db, record.id)).content, previous.content)
    if (description) changes.push({ component: record.target, at: Math.min(record.takenAt.getTime(), since), description })
  }
  return changes
}
