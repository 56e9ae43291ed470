/** Messages between agents, from the spans of both sides of a call. */
import { sql } from 'kysely'
import type { CallSide, TelemetryMessage } from '../../telemetry/telemetry.ts'
import type { Database } from '../database.ts'
import { insertInChunks } from '../insert-in-chunks.ts'
import { type AssumedVersions, assumeVersion } from './sources.ts'

/** The type of messages that came as spans. */
const messageType = 'call'

/** Stores the sides of calls; a side that is known already changes nothing. */
export async function insertCalls(db: Database, calls: readonly CallSide[], assumed: AssumedVersions): Promise<void> {
  if (calls.length === 0) return
  const column = <T>(of: (call: CallSide) => T) => calls.map(of)
  await sql`
    insert into telemetry_calls
      (span_id, side, agent_id, instance_id, configuration_version, started_at, ended_at, duration_ms, succeeded, is_queued)
    select span_id, side, agent_id, instance_id, version, to_timestamp(started / 1000), to_timestamp(ended / 1000), duration_ms,
      succeeded, is_queued
    from unnest(
      ${column(({ spanId }) => spanId)}::uuid[], ${column(({ side }) => side)}::text[], ${column(({ agentId }) => agentId)}::text[],
      ${column(({ instanceId }) => instanceId)}::text[], ${column((call) => call.version ?? assumeVersion(assumed, call, call.startedAt))}::integer[],
      ${column(({ startedAt }) => startedAt)}::float8[], ${column(({ endedAt }) => endedAt)}::float8[],
      ${column(({ durationMs }) => durationMs)}::float8[], ${column(({ succeeded }) => succeeded)}::boolean[],
      ${column(({ isQueued }) => isQueued)}::boolean[]
    ) as call(span_id, side, agent_id, instance_id, version, started, ended, duration_ms, succeeded, is_queued)
    on conflict do nothing`.execute(db)
}

/**
 * Makes messages of the calls of which both sides are known, and different agents. A call through a queue takes until the other side
 * begins; any other takes as long as its caller waits. To be called after the calls are committed, as `settleContributions`.
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

/** Stores messages of which one span tells both sides. */
export async function insertTelemetryMessages(
  db: Database,
  messages: readonly TelemetryMessage[],
  assumed: AssumedVersions,
): Promise<void> {
  const rows = messages.map((message) => ({
    id: message.id,
    timestamp: new Date(message.at),
    fromAgent: message.agentId,
    toAgent: message.to,
    type: messageType,
    latencyMs: message.latencyMs,
    delivered: message.delivered,
    instanceId: message.instanceId,
    configurationVersion: message.version ?? assumeVersion(assumed, message, message.at - message.latencyMs),
  }))
  await insertInChunks(rows, (chunk) =>
    db
      .insertInto('agentMessages')
      .values(chunk)
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  )
}
