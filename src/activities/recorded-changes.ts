import { listOccurrences, summarizeOccurrence } from '../analysis/causes/index.ts'
import { findNewHotspot } from '../analysis/profiling/new-hotspot.ts'
import type { RecordedChange } from '../analysis/watching/index.ts'
import type { ChangeEvent } from '../model/change-event.ts'
import type { Database } from '../store/database.ts'
import { findPreviousPerformanceProfile, listStoredProfiles } from '../store/performance-profiles.ts'

/** Profiles that are compared with the previous ones, the newest. */
const maxProfiles = 10
/** A hotspot that is new since an older profile may be as old; profiles are usually taken once a day. */
const longestSincePreviousMs = 2 * 86_400_000

const names: Partial<Record<ChangeEvent['kind'], string>> = {
  configuration: 'configuration ',
  deploy: '',
  restart: 'a restart of ',
}

/**
 * The recorded changes of components that may have caused an anomaly: configuration versions, deployments, restarts and, of the suspects, new
 * hotspots. Alerts tend to follow an anomaly, and so may what is seen in a profile taken after its beginning.
 * @param suspects components
 * @param from where to begin, milliseconds since the epoch
 * @param since the beginning of the anomaly, milliseconds since the epoch
 */
export async function listRecordedChanges(
  db: Database,
  events: readonly ChangeEvent[],
  { suspects, from, since }: { suspects: readonly string[]; from: number; since: number },
): Promise<RecordedChange[]> {
  const changes = listOccurrences(events).flatMap((occurrence) => {
    const { kind, description } = summarizeOccurrence(occurrence)
    return occurrence.effects.flatMap(({ component, at }) =>
      component === undefined || names[kind] === undefined ? [] : [{ component, at, description: names[kind] + description }],
    )
  })
  const taken = await listStoredProfiles(db, 'cpu', suspects, { from: new Date(from), to: new Date(since), limit: maxProfiles })
  for (const { record, content } of taken) {
    const at = record.takenAt.getTime()
    const previous = await findPreviousPerformanceProfile(db, record)
    const isRecent = previous !== undefined && at - previous.record.takenAt.getTime() <= longestSincePreviousMs
    const description = isRecent ? findNewHotspot(content, previous.content) : undefined
    if (description !== undefined) changes.push({ component: record.target, at, description })
  }
  return changes
}
