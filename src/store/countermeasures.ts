/** The plans of cycles against degradations. */
import { sql } from 'kysely'
import { anomalyBottleneckTypes, metricsByBottleneckType } from '../model/bottleneck.ts'
import type { MetricName } from '../model/metric.ts'
import type { RecordedApproval } from '../model/records.ts'
import type { OptimizationResult } from '../model/result.ts'
import type { Strategy } from '../model/strategy.ts'
import type { Judgement, TrialState } from '../model/trial.ts'
import type { Database } from './database.ts'

/** A metric of a component that was worse than it should be. */
export interface Degradation {
  component: string
  metric: MetricName
  from: Date
  /** Not included; null if it is ongoing. */
  to: Date | null
  /** The agent that probably causes it, if that is another one. */
  causedBy?: string | undefined
}

/** A strategy against a degradation, with what became of it. */
export interface PlannedCountermeasure {
  strategy: Strategy
  leftBecause: string | null
  state: TrialState | null
  judgement: Judgement | null
  result: OptimizationResult | null
  approval: Pick<RecordedApproval, 'state' | 'decidedBy' | 'reason'> | null
}

/** The newest cycle that found a degradation and planned something against it, or could have. */
export interface AddressingCycle {
  cycleId: string
  /** The agents and bottlenecks for which it planned nothing, and why. */
  skipped: string[]
  /** The strategy that it planned against it. */
  planned: PlannedCountermeasure | null
}

export interface RecordedCountermeasures {
  /** The newest strategies whose trial began, or that a person was asked about, newest first. */
  begun: PlannedCountermeasure[]
  /** How many of them there are. */
  total: number
  /** Null if no cycle found it. */
  found: AddressingCycle | null
}

/**
 * The plans of cycles against each of these degradations: strategies whose bottleneck a cycle found at that time in this metric of this
 * component, whatever its type. Of several anomalies of a type, the worst one is acted on. Dry runs do not count.
 * @param most how many strategies are listed of each
 */
export async function loadCountermeasures(
  db: Database,
  degradations: readonly Degradation[],
  most: number,
): Promise<RecordedCountermeasures[]> {
  if (degradations.length === 0) return []
  const all = <Value>(value: (degradation: Degradation) => Value) => degradations.map(value)
  const found = sql`
    select wanted.index, bottlenecks.id as bottleneck_id, bottlenecks.type, affected_component, cycles.id as cycle_id,
      detected_at, cycles.target is null or cycles.target in (wanted.component, wanted.caused_by) as is_responsible,
      bottlenecks.type = any(${[...anomalyBottleneckTypes]}::text[]) and exists (
        select from bottlenecks worse where worse.cycle_id = bottlenecks.cycle_id and worse.type = bottlenecks.type
          and worse.affected_component = bottlenecks.affected_component and worse.id < bottlenecks.id
      ) as is_behind
    from unnest(${all(({ component }) => component)}::text[], ${all(({ metric }) => metric)}::text[],
      ${all(({ from }) => from)}::timestamptz[], ${all(({ to }) => to)}::timestamptz[],
      ${all(({ causedBy }) => causedBy ?? null)}::text[]) with ordinality as wanted (component, metric, since, until, caused_by, index)
    join bottlenecks on affected_component = wanted.component and detected_at >= wanted.since
      and detected_at < coalesce(wanted.until, 'infinity')
      and coalesce(bottlenecks.metric, ${JSON.stringify(metricsByBottleneckType)}::jsonb ->> bottlenecks.type, 'overallScore') = wanted.metric
    join cycles on cycles.id = bottlenecks.cycle_id and not dry_run`
  const isAgainst = sql`strategies.cycle_id = found.cycle_id and strategies.type = found.type
    and strategies.content ->> 'targetComponent' = found.affected_component and not is_behind`
  const outcome = sql`
    strategies.id as strategy_id, strategies.content as strategy, left_because as "leftBecause", trials.state, judgement,
    result.content as result, case when approvals.trial_id is not null then jsonb_build_object('state', approvals.state,
      'decidedBy', decided_by, 'reason', approvals.reason) end as approval`
  const outcomes = sql`
    left join trials on trials.id = strategies.id
    left join optimization_results as result on result.strategy_id = strategies.id
    left join approvals on approvals.trial_id = strategies.id`
  // Contents are large: they are read of what is shown alone.
  const [begun, newest] = await Promise.all([
    sql<PlannedCountermeasure & { index: string; total: number }>`
      select ranked.index, total, ${outcome} from (
        select found.index, strategies.id, count(*) over (partition by found.index)::int as total,
          row_number() over (partition by found.index order by strategies.created_at desc, strategies.id desc) as rank
        from (${found}) as found
        join (
          select strategies.* from strategies
          where id in (select id from trials union select trial_id from approvals)
        ) as strategies on ${isAgainst}
      ) as ranked join strategies on strategies.id = ranked.id ${outcomes} where rank <= ${most} order by ranked.index, rank`.execute(
      db,
    ),
    sql<PlannedCountermeasure & { index: string; cycleId: string; strategyId: string | null }>`
      select found.index, found.cycle_id, ${outcome} from (
        select distinct on (index) found.*, strategies.id as planned_id
        from (${found}) as found left join strategies on ${isAgainst}
        where is_responsible or strategies.id is not null order by index, detected_at desc, found.cycle_id, strategies.id is null, bottleneck_id desc
      ) as found left join strategies on strategies.id = planned_id ${outcomes}`.execute(db),
  ])
  const begunBy = Map.groupBy(begun.rows, ({ index }) => Number(index))
  const newestBy = new Map(newest.rows.map((row) => [Number(row.index), row]))
  const skippedBy = await loadSkipped(db, [...new Set(newest.rows.map(({ cycleId }) => cycleId))])
  return degradations.map((_, at) => {
    const [rows, last] = [begunBy.get(at + 1) ?? [], newestBy.get(at + 1)]
    const found = last && {
      cycleId: last.cycleId,
      skipped: skippedBy.get(last.cycleId) ?? [],
      planned: last.strategyId === null ? null : last,
    }
    return { begun: rows, total: rows[0]?.total ?? 0, found: found ?? null }
  })
}

/** What each cycle planned nothing for. Such a list may be long, and most degradations are of the same cycle: each is read once. */
async function loadSkipped(db: Database, cycleIds: readonly string[]): Promise<Map<string, string[]>> {
  if (cycleIds.length === 0) return new Map()
  const rows = await db.selectFrom('cycles').where('id', 'in', cycleIds).select(['id', 'skipped']).execute()
  return new Map(rows.map(({ id, skipped }) => [id, skipped]))
}
