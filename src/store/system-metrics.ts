import type { SystemReading } from '../model/readings.ts'
import type { Database } from './database.ts'

/** Adds one reading of a component, for example `host`, to its history (D7). */
export async function recordSystemMetrics(
  db: Database,
  component: string,
  at: Date,
  reading: Omit<SystemReading, 'at'>,
): Promise<void> {
  const { cpuPercent, memoryPercent, heapPercent, networkBytesPerSecond, storagePercent } = reading
  const { uptimeSeconds, runtimeVersion, platform } = reading
  await db
    .insertInto('systemMetrics')
    .values({
      component,
      timestamp: at,
      cpuPercent,
      memoryPercent,
      heapPercent,
      networkBytesPerSecond,
      storagePercent,
      uptimeSeconds,
      runtimeVersion,
      platform,
    })
    .execute()
}
