import { sql } from 'kysely'

/** Whether a column has one of these values: one parameter however many there are, which a list of parameters takes long to build. */
export const isOneOf = (column: string, values: readonly string[]) =>
  sql<boolean>`${sql.ref(column)} = any(${[...values]}::text[])`
