import { sql } from 'kysely'
import type { MetricName } from '../model/metric.ts'
import type { Database } from './database.ts'

/** The time between two readings of a component, or between two values of one of its metrics, that somebody saw. */
export interface SilentPeriod {
  component: string
  metric?: MetricName
  since: Date
  until: Date
}

/** A silence of more than this many intervals is a gap. */
export const minGapIntervals = 2.5
/** The interval that is usual for a component is the median of so many before the silence. */
const usualIntervals = 8
/** Readings in which a metric is looked for that not all of them have. */
const maxReadings = 64

/**
 * The silences that count as gaps: longer than two and a half monitoring intervals, and than two and a half of the component's usual intervals.
 * Readings within a silence that are on record divide it.
 * @param intervalMs between two readings of the monitoring
 * @param isExpected whether the component is known to be measured in that interval; for another, the first silence shows its interval
 */
export async function findMonitoringGaps<Each extends SilentPeriod>(
  db: Database,
  silences: readonly Each[],
  intervalMs: number,
  isExpected: (silence: Each) => boolean,
): Promise<Each[]> {
  const gaps: Each[] = []
  const isLong = (silence: SilentPeriod) => lengthOf(silence) > minGapIntervals * intervalMs
  for (const seen of silences.filter(isLong))
    for (const silence of (await divide(db, seen)).filter(isLong)) {
      const usual = await findUsualInterval(db, silence)
      if (usual === undefined ? isExpected(silence) : lengthOf(silence) > minGapIntervals * usual) gaps.push(silence)
    }
  return gaps
}

const lengthOf = ({ since, until }: SilentPeriod) => until.getTime() - since.getTime()

async function divide<Each extends SilentPeriod>(db: Database, silence: Each): Promise<Each[]> {
  const { since, until } = silence
  const between = (await listReadingTimes(db, silence, since, until)).filter((time) => time > since && time < until)
  const times = [since, ...between.reverse(), until]
  return times.slice(1).map((until, index) => ({ ...silence, since: times[index]!, until }))
}

/** Milliseconds; undefined if there are no two readings within several times as long as the silence. */
async function findUsualInterval(db: Database, silence: SilentPeriod): Promise<number | undefined> {
  const { metric, since } = silence
  const oldest = new Date(since.getTime() - usualIntervals * lengthOf(silence))
  const most = metric === undefined ? usualIntervals + 1 : maxReadings
  const times = (await listReadingTimes(db, silence, oldest, since, most)).slice(0, usualIntervals + 1)
  const intervals = times.slice(1).map((time, index) => times[index]!.getTime() - time.getTime())
  return intervals.sort((a, b) => a - b)[intervals.length >> 1]
}

/** When a component was measured, newest first. */
async function listReadingTimes(
  db: Database,
  { component, metric }: SilentPeriod,
  from: Date,
  to: Date,
  most?: number,
): Promise<Date[]> {
  const readings = await db
    .selectFrom('systemMetrics')
    .where('component', '=', component)
    .where('timestamp', '>=', from)
    .where('timestamp', '<=', to)
    .orderBy('timestamp', 'desc')
    .$if(most !== undefined, (query) => query.limit(most!))
    .selectAll()
    .execute()
  return readings
    .filter(
      ({ others, ...columns }) => metric === undefined || ({ ...columns, ...others } as Record<string, unknown>)[metric] != null,
    )
    .map(({ timestamp }) => timestamp)
}

/** When a component was not measured although it was before, newest first. */
export function listMonitoringGaps(db: Database, component: string) {
  return db.selectFrom('monitoringGaps').where('component', '=', component).orderBy('since', 'desc').selectAll().execute()
}

/** The newest gaps that ended after a time, with the agent of each component. */
export function listGapsSince(db: Database, since: Date, limit: number) {
  return db
    .selectFrom('monitoringGaps as gap')
    .leftJoin('components as known', 'known.component', 'gap.component')
    .where('gap.until', '>', since)
    .orderBy('gap.since', 'desc')
    .orderBy('gap.component')
    .limit(limit)
    .select(['gap.component', 'known.agentId', 'gap.since', 'gap.until'])
    .execute()
}

/**
 * Components that the optimizer measures itself, and agents' instances that neither left nor were forgotten, last measured between two
 * times; the most recent first. The optimizer measures one host and worker at a time, so one that another has succeeded is not missed.
 */
export async function listSilentComponents(db: Database, from: Date, to: Date, limit: number) {
  return await db
    .selectFrom('components')
    .where('kind', '<>', 'other')
    .where('seenAt', '>', from)
    .where('seenAt', '<', to)
    .where(({ exists, not, selectFrom, eb }) =>
      eb
        .case()
        .when('kind', '=', 'instance')
        .then(
          exists(
            selectFrom('agentInstances')
              .whereRef(sql`agent_id || '/' || instance_id`, '=', 'components.component')
              .where('leftAt', 'is', null)
              .select(sql.lit(1).as('present')),
          ),
        )
        .else(
          not(
            exists(
              selectFrom('components as successor')
                .whereRef('successor.kind', '=', 'components.kind')
                .whereRef('successor.seenAt', '>', 'components.seenAt')
                .select(sql.lit(1).as('measured')),
            ),
          ),
        )
        .end(),
    )
    .orderBy('seenAt', 'desc')
    .limit(limit)
    .select(['component', 'agentId', 'seenAt as since'])
    .execute()
}
