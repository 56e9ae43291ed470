/**
 * Usage of spans below an execution, and scores: added to the execution, whichever of them arrives first. Data that comes with a token for agents
 * counts only for the executions of these agents, whatever span it names.
 */
import { type RawBuilder, sql } from 'kysely'
import type { ReportingAgents } from '../../model/access.ts'
import type { AncestorLink, Contribution } from '../../telemetry/telemetry.ts'
import type { Database } from '../database.ts'

/**
 * Contributions without those gaps of a span that what waits for it fills. One that is filled is empty: if its request comes again, it is
 * known already.
 */
export async function omitFilledGaps(db: Database, contributions: readonly Contribution[]): Promise<Contribution[]> {
  const spans = contributions.flatMap((each) => (!each.isScore && each.gapOf !== undefined ? [each.gapOf] : []))
  if (spans.length === 0) return [...contributions]
  const { rows } = await sql<{ spanId: string; name: string }>`
    select distinct span_id, name from telemetry_contributions waiting cross join jsonb_object_keys(metrics) as name
    where span_id = any(${spans}::uuid[]) and settled_at is null and not is_score`.execute(db)
  const filled = new Set(rows.map(({ spanId, name }) => `${spanId} ${name}`))
  return contributions.map((each) => {
    if (each.isScore || each.gapOf === undefined) return each
    const gaps = Object.entries(each.metrics).filter(([name]) => !filled.has(`${each.gapOf} ${name}`))
    return { ...each, metrics: Object.fromEntries(gaps) }
  })
}

/** Stores contributions; those that are known already change nothing. @param agents that their sender may report for */
export async function insertContributions(
  db: Database,
  contributions: readonly Contribution[],
  agents: ReportingAgents,
): Promise<void> {
  if (contributions.length === 0) return
  await sql`
    insert into telemetry_contributions (id, span_id, metrics, is_score, agents, settled_at)
    select each.*, ${toArray(agents)}, case when metrics = '{}' then now() end
    from unnest(
      ${contributions.map(({ id }) => id)}::uuid[], ${contributions.map(({ spanId }) => spanId)}::uuid[],
      ${contributions.map(({ metrics }) => JSON.stringify(metrics))}::jsonb[],
      ${contributions.map(({ isScore }) => isScore)}::boolean[]
    ) as each (id, span_id, metrics, is_score)
    on conflict do nothing`.execute(db)
}

/**
 * Lets what waits for spans below an execution wait for the spans above them; what is counted already no longer waits.
 * @param agents that their sender may report for
 */
export async function applyAncestorLinks(db: Database, links: readonly AncestorLink[], agents: ReportingAgents): Promise<void> {
  if (links.length === 0) return
  const awaited = links.filter(({ isAwaited }) => isAwaited)
  if (awaited.length > 0)
    await sql`
      insert into telemetry_passages (id, above, counted, agents)
      select id, above, counted::text[], ${toArray(agents)}
      from unnest(${toColumns(awaited)}) as passage(id, above, counted)
      on conflict do nothing`.execute(db)
  await sql`
    update telemetry_contributions waiting
    set span_id = passage.above, ${leaveOut(sql`waiting`, sql`passage.counted::text[]`)}
    from unnest(${toColumns(links)}) as passage(id, above, counted)
    where waiting.span_id = passage.id and waiting.settled_at is null
      and ${haveCommon(sql`waiting.agents`, toArray(agents))}`.execute(db)
}

/** A trace may come in any number of requests, but this is how far apart two of its spans may be; a circle ends here too. */
const maxAncestors = 100

/**
 * Lets what waits for these spans, and these contributions, wait for the uppermost spans that are known. To be called after all of it is
 * committed, as `applyContributions`. @returns the spans that something waits for now
 */
export async function resolveAncestorSpans(
  db: Database,
  spanIds: readonly string[],
  contributions: readonly Contribution[],
): Promise<string[]> {
  if (spanIds.length === 0 && contributions.length === 0) return []
  const { rows } = await sql<{ spanId: string }>`
    with recursive climb as (
      select id, agents, span_id, '{}'::text[] as counted, 0 as passages from telemetry_contributions
      where settled_at is null and (span_id = any(${spanIds}::uuid[]) or id = any(${contributions.map(({ id }) => id)}::uuid[]))
      union all
      select climb.id, climb.agents, passage.above, climb.counted || passage.counted, passages + 1
      from climb join telemetry_passages passage on passage.id = climb.span_id and ${haveCommon(sql`passage.agents`, sql`climb.agents`)}
      where passages < ${maxAncestors}
    ), reached as (
      select distinct on (id) * from climb order by id, passages desc
    )
    update telemetry_contributions waiting
    set span_id = reached.span_id, ${leaveOut(sql`waiting`, sql`reached.counted`)}
    from reached where waiting.id = reached.id and reached.passages > 0 and waiting.settled_at is null
    returning waiting.span_id`.execute(db)
  return rows.map(({ spanId }) => spanId)
}

/** Usage without what is part of another span's usage; nothing waits if nothing is left. */
const leaveOut = (waiting: RawBuilder<unknown>, counted: RawBuilder<unknown>) => sql`
  metrics = case when ${waiting}.is_score then ${waiting}.metrics else ${waiting}.metrics - ${counted} end,
  settled_at = case when not ${waiting}.is_score and ${waiting}.metrics - ${counted} = '{}' then now() end`

const toColumns = (links: readonly AncestorLink[]) => sql`
  ${links.map(({ id }) => id)}::uuid[], ${links.map(({ above }) => above)}::uuid[],
  ${links.map(({ counted }) => `{${counted.join(',')}}`)}::text[]`

const toArray = (agents: ReportingAgents) => sql`${agents ?? null}::text[]`

/** Whether two senders may report for the same agent; null means all agents. */
const haveCommon = (some: RawBuilder<unknown>, others: RawBuilder<unknown>) => sql`coalesce(${some} && ${others}, true)`

/**
 * Adds what waits for these executions to them, as far as they are stored. Tokens and cost are added up, unless the execution reports its
 * own; a sum with something unknown is unknown. Of several scores under one name, the first counts. To be called after the executions and the contributions are committed: of two
 * requests that come at once, the later one then sees what the other has stored.
 * @param spanIds of executions
 * @param contributions that may wait for other executions
 */
export async function applyContributions(
  db: Database,
  spanIds: readonly string[],
  contributions: readonly Contribution[],
): Promise<void> {
  if (spanIds.length === 0 && contributions.length === 0) return
  await sql`
    with due as (
      update telemetry_contributions waiting set settled_at = now()
      from agent_executions execution
      where (waiting.span_id = any(${spanIds}::uuid[]) or waiting.id = any(${contributions.map(({ id }) => id)}::uuid[]))
        and waiting.settled_at is null
        and execution.id = waiting.span_id and execution.own_usage is not null
        and coalesce(execution.agent_name = any(waiting.agents), true)
      returning waiting.span_id, waiting.metrics, waiting.is_score
    ), added as (
      select span_id, is_score, key, case when is_score then avg(value::float8) else sum(value::float8) end as value,
        bool_or(value is null) as is_unknown
      from due cross join lateral jsonb_each_text(due.metrics)
      group by span_id, is_score, key
    ), figure as (
      select execution.agent_name, execution.id, execution.timestamp, array_agg(added.key) filter (where added.is_score) as scored,
        coalesce(jsonb_object_agg(key, case
          when added.is_score then coalesce((execution.metrics ->> key)::float8, value)
          else coalesce((execution.metrics ->> key)::float8, 0) + value
        end) filter (where not is_unknown), '{}') as metrics,
        array_agg(key) filter (where is_unknown) as unknown
      from added join agent_executions execution on execution.id = added.span_id and execution.own_usage is not null
      where added.is_score or not coalesce(jsonb_exists(execution.settled_metrics, key), execution.own_usage)
      group by execution.agent_name, execution.id, execution.timestamp
    )
    update agent_executions execution
    set metrics = (coalesce(execution.metrics, '{}') || figure.metrics) - coalesce(figure.unknown, '{}'),
      settled_metrics = case when figure.unknown is null then execution.settled_metrics
        else coalesce(execution.settled_metrics, '[]') || to_jsonb(figure.unknown) end,
      scored_at = case when figure.scored is null then execution.scored_at else now() end,
      scored_metrics = execution.scored_metrics || figure.scored
    from figure
    where execution.agent_name = figure.agent_name and execution.id = figure.id and execution.timestamp = figure.timestamp`.execute(
    db,
  )
}
