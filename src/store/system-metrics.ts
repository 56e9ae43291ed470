import { sql } from 'kysely'
import type { SystemReading } from '../model/readings.ts'
import { type Database, inTransaction } from './database.ts'

/** One reading of a component, such as a host, a process or an instance of an agent. */
export interface SystemSample extends Partial<Omit<SystemReading, 'at'>> {
  component: string
  at: Date
  /** Any other metric by its name. */
  others?: Readonly<Record<string, number>>
}

const measures = ['cpuPercent', 'memoryPercent', 'heapPercent', 'networkBytesPerSecond', 'storagePercent'] as const
const aggregates = [
  ['minute', 'system_metrics_minutes'],
  ['hour', 'system_metrics_hours'],
  ['day', 'system_metrics_days'],
] as const

/** Identifies a reading. */
export const getSampleKey = ({ component, at }: Pick<SystemSample, 'component' | 'at'>) => `${at.getTime()} ${component}`

/**
 * Adds readings to the history (D7) and to its aggregates by minute, hour and day; those already there are left unchanged.
 * @returns the keys of those that were added
 */
export async function recordSystemMetrics(db: Database, samples: readonly SystemSample[]): Promise<ReadonlySet<string>> {
  if (samples.length === 0) return new Set()
  return await inTransaction(db, async (trx) => {
    const added = await trx
      .insertInto('systemMetrics')
      .values(samples.map(({ at, others = {}, ...columns }) => ({ timestamp: at, others: JSON.stringify(others), ...columns })))
      .onConflict((conflict) => conflict.doNothing())
      .returning(['component', 'timestamp', 'others', ...measures])
      .execute()
    if (added.length === 0) return new Set()
    // Ordered, so that concurrent writers do not wait for each other in a circle.
    const summaries = JSON.stringify(added.map(toSummary).sort((a, b) => (a.component < b.component ? -1 : 1)))
    for (const [unit, table] of aggregates)
      await sql`
        insert into ${sql.table(table)} as aggregate (component, at, metrics)
        select component, date_trunc(${unit}, at, 'UTC'), summarize_all(metrics)
        from jsonb_to_recordset(${summaries}::jsonb) as sample (component text, at timestamptz, metrics jsonb)
        group by 1, 2 order by 1, 2
        on conflict (component, at) do update set metrics = merge_summaries(aggregate.metrics, excluded.metrics)`.execute(trx)
    return new Set(added.map(({ component, timestamp }) => getSampleKey({ component, at: timestamp })))
  })
}

type Added = Record<(typeof measures)[number], number | null> & {
  component: string
  timestamp: Date
  others: Record<string, number>
}

/** Metric name → [1, value, value, value]: number of values, sum, lowest and highest. */
function toSummary({ component, timestamp, others, ...columns }: Added) {
  const values = Object.entries({ ...columns, ...others }).filter(([, value]) => value !== null)
  return {
    component,
    at: timestamp,
    metrics: Object.fromEntries(values.map(([name, value]) => [name, [1, value, value, value]])),
  }
}
