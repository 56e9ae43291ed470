import { processReadingSchema, type Resources } from '../../messaging/protocol.ts'
import type { ResponseOf } from '../../messaging/requests.ts'
import type { EngineSettings } from '../../model/engine-settings.ts'
import { toCleanText } from '../../model/text.ts'
import { requireInstance } from '../../store/agents.ts'
import { recordReadings, wasSeenSince } from '../../store/components.ts'
import type { Database } from '../../store/database.ts'
import { getEngineSettings } from '../../store/engine-settings.ts'
import type { IngestCounts } from './ingest-counts.ts'

/** Instances are asked to send a reading within this time, so that they learn of a shorter interval; early readings are ignored. */
const longestIntervalSeconds = 60
const longestName = 80

/** Records what the process of an instance uses. Values that only a later version knows are rejected; the others count. */
export async function recordProcessReading(
  { db, engine }: { db: Database; engine: EngineSettings },
  { agentId, instanceId, reading }: Resources,
  counts: IngestCounts,
): Promise<ResponseOf<'resources'>> {
  const { cpuPercent, memoryPercent, networkBytesPerSecond, ...others } = processReadingSchema.parse(reading)
  await requireInstance(db, agentId, instanceId)
  const { monitoring_interval_seconds: intervalSeconds } = await getEngineSettings(db, engine)
  const [component, at] = [`${agentId}/${instanceId}`, new Date()]
  const measured = { cpuPercent, memoryPercent, networkBytesPerSecond, others }
  const newestBefore = new Date(at.getTime() - (intervalSeconds - longestIntervalSeconds / 2) * 1_000)
  const isDue = intervalSeconds <= longestIntervalSeconds || !(await wasSeenSince(db, component, newestBefore))
  if (isDue) await recordReadings(db, [{ component, kind: 'instance', agentId, at, ...measured }], intervalSeconds * 1_000)
  const rejected = Object.keys(reading)
    .filter((name) => !Object.hasOwn(processReadingSchema.shape, name))
    .map((name) => ({
      metric: toCleanText(name, longestName),
      reason: 'is not known to this version; update the optimizer before its agents',
    }))
  counts.addRecords(0, rejected.length)
  return { intervalSeconds: Math.min(intervalSeconds, longestIntervalSeconds), ...(rejected.length > 0 && { rejected }) }
}
