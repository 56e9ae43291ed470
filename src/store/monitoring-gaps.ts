import type { MetricName } from '../model/metric.ts'
import type { Database } from './database.ts'

/** The time between two readings of a component, or between two values of one of its metrics. */
export interface Silence {
  component: string
  metric?: MetricName
  since: Date
  until: Date
}

/** A silence of more than this many intervals is a gap. */
export const gapIntervals = 2.5
/** The interval that is usual for a component is the median of so many before the silence. */
const usualIntervals = 8
/** Readings in which a metric is looked for that not all of them have. */
const mostReadings = 64

/**
 * The silences that are gaps: longer than two and a half intervals of the monitoring, and of those that were usual for this component before.
 * @param intervalMs between two readings of the monitoring
 * @param isExpected whether the component is known to be measured in that interval; for another, the first silence shows its interval
 */
export async function findGaps<Each extends Silence>(
  db: Database,
  silences: readonly Each[],
  intervalMs: number,
  isExpected: (silence: Each) => boolean,
): Promise<Each[]> {
  const gaps: Each[] = []
  for (const silence of silences) {
    const ms = silence.until.getTime() - silence.since.getTime()
    if (ms <= gapIntervals * intervalMs) continue
    const usual = await findUsualInterval(db, silence)
    if (usual === undefined ? isExpected(silence) : ms > gapIntervals * usual) gaps.push(silence)
  }
  return gaps
}

/** Milliseconds; undefined if there are no two readings within several times as long as the silence. */
async function findUsualInterval(db: Database, { component, metric, since, until }: Silence): Promise<number | undefined> {
  const oldest = since.getTime() - usualIntervals * (until.getTime() - since.getTime())
  const readings = await db
    .selectFrom('systemMetrics')
    .where('component', '=', component)
    .where('timestamp', '<=', since)
    .where('timestamp', '>=', new Date(oldest))
    .orderBy('timestamp', 'desc')
    .limit(metric === undefined ? usualIntervals + 1 : mostReadings)
    .selectAll()
    .execute()
  const times = readings
    .filter(
      ({ others, ...columns }) => metric === undefined || ({ ...columns, ...others } as Record<string, unknown>)[metric] != null,
    )
    .slice(0, usualIntervals + 1)
    .map(({ timestamp }) => timestamp.getTime())
  const intervals = times.slice(1).map((time, index) => times[index]! - time)
  return intervals.sort((a, b) => a - b)[intervals.length >> 1]
}

/** When a component was not measured although it was before, newest first. */
export function listMonitoringGaps(db: Database, component: string) {
  return db.selectFrom('monitoringGaps').where('component', '=', component).orderBy('since', 'desc').selectAll().execute()
}
