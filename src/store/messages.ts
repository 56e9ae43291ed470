import { sql } from 'kysely'
import type { PairReading } from '../model/readings.ts'
import type { Database } from './database.ts'
import { hadRightValues } from './drift.ts'
import { hasUsableTime, usableMs } from './usable.ts'

export interface Negotiation {
  /** Milliseconds since the epoch. */
  at: number
  instance: string
  version: number
  agreed: boolean
}

const timestamp = sql<Date>`timestamp`
const work = {
  agentId: sql<string>`from_agent`,
  instanceId: sql<string>`agent_messages.instance_id`,
  startedAt: timestamp,
  endedAt: timestamp,
}

/**
 * The outcomes of the negotiations that instances started, oldest first. An undelivered message counts as not agreed;
 * a delivered one that negotiated nothing is left out, and so are those of an instance that ran with other values than those of its version.
 */
export async function listNegotiations(
  db: Database,
  window: { agentId: string; instanceIds: string[]; versions?: number[]; from: Date; to?: Date },
): Promise<Negotiation[]> {
  const { agentId, instanceIds, versions, from, to } = window
  if (instanceIds.length === 0 || versions?.length === 0) return []
  const rows = await db
    .selectFrom('agentMessages')
    .where('fromAgent', '=', agentId)
    .where('instanceId', 'in', instanceIds)
    .where('configurationVersion', 'is not', null)
    .where(hasUsableTime)
    .where((eb) => eb.or([eb('agreed', 'is not', null), eb('delivered', '=', false)]))
    .where('timestamp', '>=', from)
    .where(hadRightValues(work))
    .$if(to !== undefined, (query) => query.where('timestamp', '<', to!))
    .$if(versions !== undefined, (query) => query.where('configurationVersion', 'in', versions!))
    .orderBy('timestamp')
    .select((eb) => [
      'timestamp',
      eb.ref('instanceId').$notNull().as('instance'),
      eb.ref('configurationVersion').$notNull().as('version'),
      sql<boolean>`delivered and agreed is true`.as('agreed'),
    ])
    .execute()
  return rows.map(({ timestamp, ...row }) => ({ ...row, at: timestamp.getTime() }))
}

/** Pairs of the given agents that communicated since a time, judging by the newest messages of each. */
export async function listCommunicatingPairs(
  db: Database,
  agentIds: string[],
  since: Date,
  newest = 1_000,
): Promise<[string, string][]> {
  if (agentIds.length < 2) return []
  const rows = await db
    .selectFrom('agents as agent')
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('agentMessages')
          .whereRef('fromAgent', '=', 'agent.agentId')
          .where('timestamp', '>=', since)
          .orderBy('timestamp', 'desc')
          .limit(newest)
          .select('toAgent')
          .as('message'),
      (join) => join.onTrue(),
    )
    .where('agent.agentId', 'in', agentIds)
    .where('toAgent', 'in', agentIds)
    .whereRef('toAgent', '!=', 'agent.agentId')
    .select(['agent.agentId', 'toAgent'])
    .distinct()
    .execute()
  return rows.map(({ agentId, toAgent }) => [agentId, toAgent])
}

/** Volume, delivery, latency and negotiations of every pair of agents, over the newest messages of each sender (C5). */
export async function loadMessageStatistics(db: Database, agentIds?: string[], newest = 200): Promise<PairReading[]> {
  const rows = await db
    .selectFrom('agents as agent')
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('agentMessages')
          .whereRef('fromAgent', '=', 'agent.agentId')
          .where(hasUsableTime)
          .orderBy('timestamp', 'desc')
          .limit(newest)
          .select(['toAgent', 'timestamp', 'delivered', 'agreed'])
          .select([usableMs('latencyMs').as('latencyMs'), usableMs('conflictResolutionMs').as('conflictResolutionMs')])
          .as('message'),
      (join) => join.onTrue(),
    )
    .$if(agentIds !== undefined, (query) => query.where('agent.agentId', 'in', agentIds!))
    .groupBy(['agent.agentId', 'toAgent'])
    .orderBy('agent.agentId')
    .orderBy('toAgent')
    .select(({ fn }) => [
      'agent.agentId as fromAgent',
      'toAgent',
      fn.max('timestamp').as('at'),
      fn.countAll<number>().as('messages'),
      fn.countAll<number>().filterWhere('delivered', '=', true).as('delivered'),
      fn.avg<number | null>('latencyMs').as('latencyMs'),
      fn.count<number>('latencyMs').as('latencies'),
      fn.countAll<number>().filterWhere(sql<boolean>`agreed is not null or not delivered`).as('negotiations'),
      fn.countAll<number>().filterWhere(sql<boolean>`delivered and agreed`).as('agreed'),
      fn.avg<number | null>('conflictResolutionMs').as('conflictResolutionMs'),
      fn.count<number>('conflictResolutionMs').as('conflicts'),
    ])
    .execute()
  return rows.map(({ at, latencyMs, latencies, conflictResolutionMs, conflicts, ...row }) => ({
    ...row,
    at: at.getTime(),
    latencyMs: { mean: latencyMs, count: latencies },
    conflictResolutionMs: { mean: conflictResolutionMs, count: conflicts },
  }))
}
