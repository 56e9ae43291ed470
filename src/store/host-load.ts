import type { HostLoad } from '../model/host-load.ts'
import type { Database } from './database.ts'

/** A short load, such as that of a cycle, does not count. */
const windowMs = 5 * 60_000

/** The mean use of each host that was measured within the last five minutes, by name. @param now milliseconds since the epoch */
export async function listHostLoads(db: Database, now: number): Promise<HostLoad[]> {
  const since = new Date(now - windowMs)
  return await db
    .selectFrom('components')
    .innerJoin('systemMetrics', 'systemMetrics.component', 'components.component')
    .where('kind', '=', 'host')
    .where('seenAt', '>', since)
    .where('systemMetrics.timestamp', '>', since)
    .where('systemMetrics.timestamp', '<=', new Date(now))
    .groupBy('components.component')
    .orderBy('components.component')
    .select(({ fn }) => [
      'components.component as host',
      fn.avg<number | null>('cpuPercent').as('cpuPercent'),
      fn.avg<number | null>('memoryPercent').as('memoryPercent'),
    ])
    .execute()
}
