/** What lists have in common that are read newest first, page by page: the selection by time, the position, and the total. */
import { type SelectQueryBuilder, sql } from 'kysely'
import type { Schema } from './schema.ts'

/** The times of the entries; by default any. */
export interface TimeFilter {
  since?: Date | undefined
  /** Exclusive. */
  until?: Date | undefined
}

/** A part of a list; by default from its newest entry on. */
export interface PageRange {
  limit: number
  /** Only entries older than the one with this id. */
  after?: number | undefined
}

/** Whether the time of an entry is in the filter. @param column with that time */
export function isWithin(column: string, { since, until }: TimeFilter) {
  const conditions = [
    since === undefined ? sql`true` : sql`${sql.ref(column)} >= ${since}`,
    until === undefined ? sql`true` : sql`${sql.ref(column)} < ${until}`,
  ]
  return sql<boolean>`(${sql.join(conditions, sql` and `)})`
}

/** A page of what a query selects, of a table whose ids grow. */
export const paginateNewestFirst = <Table extends keyof Schema, Row>(
  query: SelectQueryBuilder<Schema, Table, Row>,
  { limit, after }: PageRange,
): SelectQueryBuilder<Schema, Table, Row> =>
  query
    .$if(after !== undefined, (older) => older.where(sql<boolean>`id < ${after}`))
    .orderBy(sql`id`, 'desc')
    .limit(limit) as SelectQueryBuilder<Schema, Table, Row>

/** A page of what a query selects, of a table whose ids do not grow: by a time, and where it is the same by id. @param after an id */
export const paginateNewestFirstByTime = <Table extends keyof Schema, Row>(
  query: SelectQueryBuilder<Schema, Table, Row>,
  { table, time, id }: { table: Table; time: string; id: string },
  { limit, after }: { limit?: number | undefined; after?: string | undefined },
): SelectQueryBuilder<Schema, Table, Row> => {
  const position = sql`${sql.ref(time)}, ${sql.ref(id)}`
  return query
    .$if(after !== undefined, (older) =>
      older.where(sql<boolean>`(${position}) < (select ${position} from ${sql.table(table)} where ${sql.ref(id)} = ${after})`),
    )
    .orderBy(sql.ref(time), 'desc')
    .orderBy(sql.ref(id), 'desc')
    .$if(limit !== undefined, (all) => all.limit(limit!)) as SelectQueryBuilder<Schema, Table, Row>
}

/** How many rows a query selects. */
export async function countRows<Table extends keyof Schema>(query: SelectQueryBuilder<Schema, Table, object>): Promise<number> {
  const { count } = await query.select(sql<number>`count(*)`.as('count')).executeTakeFirstOrThrow()
  return count
}
