import { type RawBuilder, sql } from 'kysely'
import type { PairReading } from '../model/readings.ts'
import { MAX_OBSERVATIONS } from '../model/trial-limits.ts'
import type { Database } from './database.ts'
import { hadExpectedValues } from './drift.ts'
import { hasUsableTime, isAfterAgentHistoryStart, toEpochMs, toUsableMs } from './usable.ts'

export interface Negotiation {
  /** Milliseconds since the epoch. */
  at: number
  instance: string
  version: number
  agreed: boolean
  latencyMs: number | null
  /** Null without a conflict. */
  conflictResolutionTimeMs: number | null
}

const timestamp = sql<Date>`timestamp`
const work = {
  agentId: sql<string>`from_agent`,
  instanceId: sql<string>`agent_messages.instance_id`,
  startedAt: timestamp,
  endedAt: timestamp,
}

/**
 * The outcomes of the newest negotiations that instances started, oldest first. An undelivered message between two agents that negotiate
 * counts as not agreed; a delivered one that negotiated nothing is left out, and so are those of an instance that ran with other values than
 * those of its version.
 */
export async function listNegotiations(
  db: Database,
  window: { agentId: string; instanceIds: string[]; versions?: number[]; from: Date; to?: Date; limit?: number | undefined },
): Promise<Negotiation[]> {
  const { agentId, instanceIds, versions, from, to, limit = MAX_OBSERVATIONS } = window
  if (instanceIds.length === 0 || versions?.length === 0) return []
  const rows = await db
    .selectFrom('agentMessages')
    .where('fromAgent', '=', agentId)
    .where('instanceId', 'in', instanceIds)
    .where('configurationVersion', 'is not', null)
    .where(hasUsableTime)
    .where(isAfterAgentHistoryStart(agentId))
    .where((eb) => eb.or([eb('agreed', 'is not', null), eb.and([eb('delivered', '=', false), isToPartner(agentId, from)])]))
    .where('timestamp', '>=', from)
    .where(hadExpectedValues(work))
    .$if(to !== undefined, (query) => query.where('timestamp', '<', to!))
    .$if(versions !== undefined, (query) => query.where('configurationVersion', 'in', versions!))
    .orderBy('timestamp', 'desc')
    .limit(limit)
    .select((eb) => [
      'timestamp',
      eb.ref('instanceId').$notNull().as('instance'),
      eb.ref('configurationVersion').$notNull().as('version'),
      sql<boolean>`delivered and agreed is true`.as('agreed'),
      toUsableMs('latencyMs').as('latencyMs'),
      toUsableMs('conflictResolutionMs').as('conflictResolutionTimeMs'),
    ])
    .execute()
  return rows.map(({ timestamp, ...row }) => ({ ...row, at: timestamp.getTime() })).reverse()
}

/** Time within which two agents have negotiated if they do. */
const negotiatesWithin = '1 day'

/**
 * Whether a message of a sender is for an agent that it negotiates with, by the newest messages of each pair in the day before a time, or since; or for one
 * that nothing has reached, if the sender negotiates with others. The receivers are found one after the other by their index.
 */
const isToPartner = (sender: string, from: Date) => sql<boolean>`to_agent in (
  with recursive receiver as (
    select ${nextReceiver(sql`${sender}::text`, null)} as name
    union all
    select ${nextReceiver(sql`${sender}::text`, sql`receiver.name`)} from receiver where name is not null
  )
  select name
  from (
    select name, negotiates, is_reached, bool_or(negotiates) over () as sender_negotiates
    from receiver
    cross join lateral (
      select count(agreed) > 0 as negotiates, bool_or(delivered) as is_reached
      from (
        select agreed, delivered from agent_messages
        where from_agent = ${sender} and to_agent = receiver.name
          and timestamp >= ${from}::timestamptz - ${sql.lit(negotiatesWithin)}::interval
        order by timestamp desc
        limit ${sql.lit(messagesPerPair)}
      ) newest
    ) pair
  ) known
  where negotiates or (sender_negotiates and not is_reached))`

/**
 * The pairs of the given agents, as sender and receiver, that exchanged a message since a time. Each pair is looked up
 * by its index.
 * @param others one of a pair is among these; by default any of the agents
 */
export async function listCommunicatingPairs(
  db: Database,
  agentIds: readonly string[],
  since: Date,
  others = agentIds,
): Promise<[string, string][]> {
  if (agentIds.length === 0 || others.length === 0) return []
  const { rows } = await sql<{ sender: string; receiver: string }>`
    with possible as (
      select one, other from unnest(${agentIds}::text[]) one cross join unnest(${others}::text[]) other where one <> other
    )
    select sender, receiver
    from (select one as sender, other as receiver from possible union select other, one from possible) pair
    cross join lateral (
      select from agent_messages where from_agent = sender and to_agent = receiver and timestamp >= ${since} limit 1
    ) found`.execute(db)
  return rows.map(({ sender, receiver }) => [sender, receiver])
}

/** Newest messages of a pair, within a day, that its rates and times are computed from. */
const messagesPerPair = 200
/** Time within which all messages of a pair are counted: the longest between two cycles by default. */
const volumeWindow = '10 minutes'
const isInVolume = sql<boolean>`timestamp >= now() - ${sql.lit(volumeWindow)}::interval`

/**
 * Volume, delivery, latency and negotiations of every pair of agents (C5), over the newest messages of each pair within the last day. What
 * was not delivered is a negotiation if the pair negotiates, or if nothing reached the receiver and the sender negotiates with others: calls that came as
 * spans are none. The receivers of a sender are found one after the other by their index, however many messages there are.
 */
export async function loadMessageStatistics(db: Database, agentIds?: string[]): Promise<PairReading[]> {
  const { rows } = await sql<PairRow>`
    with recursive pair as (
      select agent.agent_id as sender, ${nextReceiver(sql`agent.agent_id`, null)} as receiver
      from agents agent
      where ${agentIds === undefined ? sql`true` : sql`agent.agent_id = any(${agentIds})`}
      union all
      select sender, ${nextReceiver(sql`pair.sender`, sql`pair.receiver`)} from pair where receiver is not null
    )
    select sender as from_agent, receiver as to_agent, message.*,
      greatest(message.sent, volume.sent) as sent, greatest(message.failed, volume.failed) as failed
    from pair cross join lateral (
      select ${toEpochMs('max(timestamp)')} as at, ${toEpochMs('min(timestamp)')} as since, count(*) as messages, count(*) filter (where delivered) as delivered,
        avg(latency_ms) as latency_ms, count(latency_ms) as latencies,
        count(agreed) as answered, count(*) filter (where agreed is not null or not delivered) as negotiations,
        ${toEpochMs('max(timestamp) filter (where agreed is not null or not delivered)')} as negotiated_at,
        count(*) filter (where ${isInVolume}) as sent, count(*) filter (where ${isInVolume} and not delivered) as failed,
        count(*) filter (where delivered and agreed) as agreed,
        avg(conflict_resolution_ms) as conflict_resolution_ms, count(conflict_resolution_ms) as conflicts
      from (
        select timestamp, ${toUsableMs('latency_ms')} as latency_ms, delivered, agreed,
          ${toUsableMs('conflict_resolution_ms')} as conflict_resolution_ms
        from agent_messages
        where from_agent = pair.sender and to_agent = pair.receiver and timestamp >= now() - interval '1 day' and ${hasUsableTime}
        order by timestamp desc
        limit ${sql.lit(messagesPerPair)}
      ) newest
    ) message
    cross join lateral (
      select count(*) as sent, count(*) filter (where not delivered) as failed
      from agent_messages
      where from_agent = pair.sender and to_agent = pair.receiver and ${isInVolume} and ${hasUsableTime}
        and message.sent = ${sql.lit(messagesPerPair)}
    ) volume
    where receiver is not null and messages > 0
    order by sender, receiver`.execute(db)
  const negotiators = new Set(rows.filter(({ answered }) => answered > 0).map(({ fromAgent }) => fromAgent))
  return rows.map(({ sent, failed, answered, latencyMs, latencies, conflictResolutionMs, conflicts, ...row }) => {
    const isUnreached = row.delivered === 0 && negotiators.has(row.fromAgent)
    return {
      ...row,
      ...(answered === 0 && !isUnreached && { negotiations: 0, negotiatedAt: null }),
      volume: { sent, failed },
      latencyMs: { mean: latencyMs, count: latencies },
      conflictResolutionMs: { mean: conflictResolutionMs, count: conflicts },
    }
  })
}

type PairRow = Omit<PairReading, 'volume' | 'latencyMs' | 'conflictResolutionMs'> & {
  sent: number
  failed: number
  /** Messages that the receiver agreed to or refused. */
  answered: number
  latencyMs: number | null
  latencies: number
  conflictResolutionMs: number | null
  conflicts: number
}

/** The first receiver of a sender's messages, in alphabetical order after another one. */
const nextReceiver = (sender: RawBuilder<unknown>, after: RawBuilder<unknown> | null) => sql<string | null>`(
  select to_agent from agent_messages
  where from_agent = ${sender} ${after ? sql`and to_agent > ${after}` : sql``}
  order by to_agent limit 1)`
