import { sql } from 'kysely'
import type { Database } from './database.ts'
import type { Period } from './period.ts'

export interface JudgedSeries {
  /** The series that are saved. */
  series: number
  /** Those in which an anomaly could be found in at least a part of the period. */
  judged: number
  /** Those of them in which none could be found at its beginning. */
  partly: number
}

/** Work that was recorded before its agent was registered is watched from at most this time before. */
const watchedBefore = sql.lit('1 day')

/**
 * In how many series an anomaly could be found in a period. A series of which too little is known now was not judged before, either; one of an
 * agent that came during the period was not judged before enough steps were over.
 * @param learningMs the least time until a new series is judged
 * @param savedWithinMs by how much what is saved may be older than the values that were watched
 */
export async function countJudgedSeries(
  db: Database,
  { from, to }: Period,
  { component, learningMs, savedWithinMs }: { component?: string | undefined; learningMs: number; savedWithinMs: number },
): Promise<JudgedSeries> {
  const learning = sql`${learningMs} * interval '1 millisecond'`
  const { rows } = await sql<JudgedSeries>`
    with known as materialized (
      select agent_id, ${learning} + case when registered_at + ${learning} <= ${from} then registered_at else least(registered_at, (
        select min(timestamp) from agent_executions
        where agent_name = agent_id and timestamp >= registered_at - interval ${watchedBefore}
      )) end as judged_from
      from agents cross join lateral (select greatest(created_at, history_from) as registered_at) as registered
    )
    select count(*)::int as series, (count(*) filter (where is_judged))::int as judged,
      (count(*) filter (where is_judged and judged_from > ${from}))::int as partly
    from (
      select judged_from, not is_learning and watched_until >= ${new Date(from.getTime() - savedWithinMs)}
        and coalesce(judged_from < ${to}, true) as is_judged
      from anomaly_series left join known on agent_id = split_part(component, '/', 1)
      where ${component === undefined ? sql`true` : sql`component = ${component}`}
    ) as series`.execute(db)
  return rows[0]!
}
