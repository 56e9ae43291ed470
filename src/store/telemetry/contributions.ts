/**
 * Usage of spans below an execution, and scores: added to the execution, whichever of them arrives first. What comes with a token for agents
 * counts only for the executions of these agents, whatever span it names.
 */
import { type RawBuilder, sql } from 'kysely'
import type { ReportingAgents } from '../../model/access.ts'
import type { Contribution, Passage } from '../../telemetry/telemetry.ts'
import type { Database } from '../database.ts'

/** Stores contributions; those that are known already change nothing. @param agents that their sender may report for */
export async function insertContributions(
  db: Database,
  contributions: readonly Contribution[],
  agents: ReportingAgents,
): Promise<void> {
  if (contributions.length === 0) return
  await sql`
    insert into telemetry_contributions (id, span_id, metrics, is_score, agents)
    select each.id, coalesce(passage.above, each.span_id), each.metrics, each.is_score, ${toArray(agents)}
    from unnest(
      ${contributions.map(({ id }) => id)}::uuid[], ${contributions.map(({ spanId }) => spanId)}::uuid[],
      ${contributions.map(({ metrics }) => JSON.stringify(metrics))}::jsonb[],
      ${contributions.map(({ isScore }) => isScore)}::boolean[]
    ) as each(id, span_id, metrics, is_score)
    left join telemetry_passages passage on passage.id = each.span_id and ${haveCommon(sql`passage.agents`, toArray(agents))}
    on conflict do nothing`.execute(db)
}

/**
 * Lets what waits for spans below an execution wait for the spans above them; what is counted already no longer waits.
 * @param agents that their sender may report for
 */
export async function movePassages(db: Database, passages: readonly Passage[], agents: ReportingAgents): Promise<void> {
  if (passages.length === 0) return
  const calls = passages.filter(({ isModelCall }) => isModelCall)
  if (calls.length > 0)
    await sql`
      insert into telemetry_passages (id, above, agents)
      select call.*, ${toArray(agents)}
      from unnest(${calls.map(({ id }) => id)}::uuid[], ${calls.map(({ above }) => above)}::uuid[]) as call
      on conflict do nothing`.execute(db)
  await sql`
    update telemetry_contributions waiting
    set span_id = passage.above, settled_at = case when passage.is_counted and not waiting.is_score then now() end
    from unnest(
      ${passages.map(({ id }) => id)}::uuid[], ${passages.map(({ above }) => above)}::uuid[],
      ${passages.map(({ isCounted }) => isCounted)}::boolean[]
    ) as passage(id, above, is_counted)
    where waiting.span_id = passage.id and waiting.settled_at is null
      and ${haveCommon(sql`waiting.agents`, toArray(agents))}`.execute(db)
}

const toArray = (agents: ReportingAgents) => sql`${agents ?? null}::text[]`

/** Whether two senders may report for the same agent; null stands for all agents. */
const haveCommon = (some: RawBuilder<unknown>, others: RawBuilder<unknown>) => sql`coalesce(${some} && ${others}, true)`

/**
 * Adds what waits for these executions to them, as far as they are stored. Tokens and cost are added up, unless the execution reports its
 * own; of several scores under one name, the first counts. To be called after the executions and the contributions are committed: of two
 * requests that come at once, the later one then sees what the other has stored.
 * @param spanIds of executions
 * @param contributions that may wait for other executions
 */
export async function settleContributions(
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
      select span_id, is_score, key, case when is_score then avg(value::float8) else sum(value::float8) end as value
      from due cross join lateral jsonb_each_text(due.metrics)
      group by span_id, is_score, key
    ), figure as (
      select execution.agent_name, execution.id, execution.timestamp, array_agg(added.key) filter (where added.is_score) as scored,
        jsonb_object_agg(key, case
          when added.is_score or execution.own_usage then coalesce((execution.metrics ->> key)::float8, value)
          else coalesce((execution.metrics ->> key)::float8, 0) + value
        end) as metrics
      from added join agent_executions execution on execution.id = added.span_id and execution.own_usage is not null
      group by execution.agent_name, execution.id, execution.timestamp
    )
    update agent_executions execution
    set metrics = coalesce(execution.metrics, '{}') || figure.metrics,
      scored_at = case when figure.scored is null then execution.scored_at else now() end,
      scored_metrics = execution.scored_metrics || figure.scored
    from figure
    where execution.agent_name = figure.agent_name and execution.id = figure.id and execution.timestamp = figure.timestamp`.execute(
    db,
  )
}
