import { sql } from 'kysely'
import type { Database } from './database.ts'

/** Ids of a table that begin or end with a text, newest first; if one equals the text, only that one. */
export async function listMatchingIds(
  db: Database,
  table: 'strategies' | 'cycles',
  text: string,
  limit: number,
): Promise<string[]> {
  const rows = sql.table(table)
  const { rows: found } = await sql<{ id: string }>`
    with exact as (select id from ${rows} where id = ${text})
    select id from exact union all
    select id from (
      select id from ${rows}
      where not exists (select from exact) and (starts_with(id, ${text}) or right(id, ${text.length}) = ${text})
      order by id desc limit ${limit}
    ) as found`.execute(db)
  return found.map(({ id }) => id)
}
