import { sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * The time that the age of data is counted from when old data is removed. It is the present, except after a clock jumped forward or nothing was
 * removed for long: then it follows by a day at once and 24 times as fast as the clock, so that a wrong clock does not cost the whole history.
 * The earlier of this clock and PostgreSQL's counts.
 * @param now milliseconds since the epoch
 * @returns milliseconds since the epoch
 */
export async function advanceRemovalClock(db: Database, now: number): Promise<number> {
  const { rows } = await sql<{ reached: Date }>`
    insert into removal_progress as known (reached, decided_at)
    select at, at from (select least(${new Date(now)}::timestamptz, clock_timestamp()) as at) present
    on conflict (only_one) do update set
      reached = least(excluded.reached, known.reached
        + greatest(interval '0', least(interval '1 day', 24 * (excluded.decided_at - known.decided_at)))),
      decided_at = excluded.decided_at
    returning reached`.execute(db)
  return rows[0]!.reached.getTime()
}
