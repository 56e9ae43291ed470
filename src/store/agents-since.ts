import { type RawBuilder, sql } from 'kysely'

/** An agent, and the oldest of its newest executions: milliseconds since the epoch, exact to the microsecond. */
export interface AgentOldestExecution {
  agentId: string
  oldestMs: number
}

const hourMs = 3_600_000

/**
 * These agents as a table for a statement, each with the time `since` which its executions matter: the oldest of its newest, or an hour ago.
 * @returns also the earliest of these times, as a value: PostgreSQL leaves out older partitions when it plans
 */
export function selectAgentsWithSince(agents: readonly AgentOldestExecution[]): { selected: RawBuilder<unknown>; since: Date } {
  const oldest = agents.map(({ oldestMs }) => oldestMs)
  const selected = sql`(
    select agents.*, least(to_timestamp(oldest_ms / 1000), now() - interval '1 hour') as since
    from agents join unnest(${agents.map(({ agentId }) => agentId)}::text[], ${oldest}::float8[]) as newest(agent_id, oldest_ms)
      using (agent_id)
  )`
  // A little earlier, since the clock of PostgreSQL may be behind.
  return { selected, since: new Date(oldest.reduce((a, b) => Math.min(a, b), Date.now() - 2 * hourMs)) }
}
