/** Messages between agents, from the spans of both sides of a call. */
import { sql } from 'kysely'
import type { CallSide, TelemetryMessage } from '../../telemetry/telemetry.ts'
import type { Database } from '../database.ts'
import { boolean, type Columns, float, insertRows, integer, text, timestamptz, uuid } from '../insert-rows.ts'
import { type AssumedVersions, findAssumedVersion } from './sources.ts'

/** The type of messages that came as spans. */
const messageType = 'call'

/** Stores the sides of calls; a side that is known already changes nothing. */
export async function insertCalls(db: Database, calls: readonly CallSide[], assumed: AssumedVersions): Promise<void> {
  const columns: Columns<CallSide> = {
    span_id: uuid(({ spanId }) => spanId),
    side: text(({ side }) => side),
    agent_id: text(({ agentId }) => agentId),
    instance_id: text(({ instanceId }) => instanceId),
    configuration_version: integer((call) => call.version ?? findAssumedVersion(assumed, call, call.startedAt)),
    started_at: timestamptz(({ startedAt }) => startedAt),
    ended_at: timestamptz(({ endedAt }) => endedAt),
    duration_ms: float(({ durationMs }) => durationMs),
    succeeded: boolean(({ succeeded }) => succeeded),
    is_queued: boolean(({ isQueued }) => isQueued),
  }
  await insertRows(db, { table: 'telemetry_calls', columns }, calls)
}

/**
 * Makes messages of calls with both sides known and belonging to different agents. A call through a queue takes until the other side
 * begins; any other takes as long as its caller waits. To be called after the calls are committed, as `applyContributions`.
 */
export async function matchCalls(db: Database, calls: readonly CallSide[]): Promise<void> {
  if (calls.length === 0) return
  await sql`
    insert into agent_messages
      (id, timestamp, from_agent, to_agent, type, latency_ms, delivered, instance_id, configuration_version)
    select caller.span_id, caller.ended_at, caller.agent_id, callee.agent_id, ${messageType},
      case
        when caller.is_queued then greatest(0, extract(epoch from callee.started_at - caller.started_at) * 1000)
        else caller.duration_ms
      end,
      caller.succeeded, caller.instance_id, caller.configuration_version
    from telemetry_calls caller join telemetry_calls callee on callee.span_id = caller.span_id and callee.side = 'callee'
    where caller.side = 'caller' and caller.span_id = any(${calls.map(({ spanId }) => spanId)}::uuid[])
      and caller.agent_id <> callee.agent_id
    on conflict do nothing`.execute(db)
}

/**
 * Makes failed messages of failed calls that name an agent, since nobody may have served them. Only if earlier calls between the two became messages: the
 * rate would count nothing but failures otherwise. A call that was served has the same id, so that it counts once. To be called after `matchCalls`.
 */
export async function insertUnservedCalls(db: Database, calls: readonly CallSide[], assumed: AssumedVersions): Promise<void> {
  const named = calls.flatMap(({ peer, ...call }) => (peer !== undefined && peer !== call.agentId ? [{ ...call, to: peer }] : []))
  if (named.length === 0) return
  const { rows } = await sql<{ agentId: string; to: string }>`
    select distinct agent_id, "to" from unnest(${named.map(({ agentId }) => agentId)}::text[], ${named.map(({ to }) => to)}::text[]) as pair (agent_id, "to")
    where exists (select from agent_messages where from_agent = agent_id and to_agent = "to" and type = ${messageType})`.execute(
    db,
  )
  const known = new Set(rows.map(({ agentId, to }) => `${agentId} ${to}`))
  const messages = named
    .filter(({ agentId, to }) => known.has(`${agentId} ${to}`))
    .map(({ spanId, endedAt, durationMs, ...call }) => ({
      ...call,
      id: spanId,
      at: endedAt,
      latencyMs: durationMs,
      delivered: false,
    }))
  await insertTelemetryMessages(db, messages, assumed)
}

/** Stores messages whose two sides are known from one span. */
export async function insertTelemetryMessages(
  db: Database,
  messages: readonly TelemetryMessage[],
  assumed: AssumedVersions,
): Promise<void> {
  const columns: Columns<TelemetryMessage> = {
    id: uuid(({ id }) => id),
    timestamp: timestamptz(({ at }) => at),
    from_agent: text(({ agentId }) => agentId),
    to_agent: text(({ to }) => to),
    latency_ms: float(({ latencyMs }) => latencyMs),
    delivered: boolean(({ delivered }) => delivered),
    instance_id: text(({ instanceId }) => instanceId),
    configuration_version: integer(
      (message) => message.version ?? findAssumedVersion(assumed, message, message.at - message.latencyMs),
    ),
  }
  await insertRows(db, { table: 'agent_messages', same: { type: messageType }, columns }, messages)
}
