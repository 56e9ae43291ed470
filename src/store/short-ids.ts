import { sql } from 'kysely'
import type { Database } from './database.ts'

/** Strategies, and so trials, whose id begins or ends with a text, the newest first; the one with exactly this id alone. */
export async function listStrategyIds(db: Database, text: string, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with exact as (select id from strategies where id = ${text})
    select id from exact union all
    select id from (
      select id from strategies
      where not exists (select from exact) and (starts_with(id, ${text}) or right(id, ${text.length}) = ${text})
      order by id desc limit ${limit}
    ) as found`.execute(db)
  return rows.map(({ id }) => id)
}
