import { sql } from 'kysely'
import type { Database } from './database.ts'

/** Figures of the optimizer's own operation. Counts are by state, verdict or severity. */
export interface OperationFigures {
  cycles: Record<string, number>
  /** Start of the newest cycle, milliseconds since the epoch, and how long its phases took; null before the first. */
  lastCycle: { startedAt: number; phases: Record<string, number> } | null
  runningTrials: { inCycles: number; outsideCycles: number }
  results: Record<string, number>
  openAlerts: Record<string, number>
  openApprovals: number
  agents: number
}

/** All figures in one query. */
export async function getOperationFigures(db: Database): Promise<OperationFigures> {
  const { rows } = await sql<OperationFigures>`
    select
      (select coalesce(json_object_agg(state, count), '{}') from (select state, count(*) from cycles group by state) by_state) as cycles,
      (select json_build_object('startedAt', extract(epoch from started_at) * 1000, 'phases', phases)
       from cycles order by started_at desc limit 1) as last_cycle,
      (select json_build_object('inCycles', count(*) filter (where observe_ms is null),
         'outsideCycles', count(*) filter (where observe_ms is not null))
       from trials where ended_at is null) as running_trials,
      (select coalesce(json_object_agg(verdict, count), '{}')
       from (select verdict, count(*) from optimization_results group by verdict) by_verdict) as results,
      (select coalesce(json_object_agg(severity, count), '{}')
       from (select severity, count(*) from alerts where resolved_at is null group by severity) by_severity) as open_alerts,
      (select count(*) from approvals where state = 'open') as open_approvals,
      (select count(*) from agents where forgotten_at is null) as agents`.execute(db)
  return rows[0]!
}
