import { type RawBuilder, sql } from 'kysely'
import type { Database } from './database.ts'

/** A column of new rows: its type, and its value in an entry. Moments are milliseconds since the epoch. */
export interface Column<Entry> {
  type: 'uuid' | 'text' | 'boolean' | 'integer' | 'bigint' | 'float8' | 'jsonb' | 'moment'
  of(entry: Entry): unknown
}

/** The columns of new rows, by name. */
export type Columns<Entry> = Readonly<Record<string, Column<Entry>>>

export interface Insertion<Entry> {
  table: string
  /** Text that is the same in all rows, by column. */
  same?: Readonly<Record<string, string>>
  columns: Columns<Entry>
  /** The condition that an entry has to meet, in terms of `entry`. */
  where?: RawBuilder<boolean>
}

/** Inserts any number of rows in one statement with one array for each column; rows that are known already are left unchanged. */
export async function insertRows<Entry>(
  db: Database,
  { table, same = {}, columns, where = sql`true` }: Insertion<Entry>,
  entries: readonly Entry[],
): Promise<void> {
  if (entries.length === 0) return
  const names = Object.keys(columns).map((name) => sql.ref(name))
  const arrays = Object.values(columns).map(({ type, of }) => sql`${entries.map(of)}::${sql.raw(arrayTypes[type])}`)
  const values = Object.entries(columns).map(([name, { type }]) =>
    type === 'moment' ? sql`to_timestamp(${sql.ref(name)} / 1000)` : sql.ref(name),
  )
  await sql`
    insert into ${sql.table(table)} (${sql.join([...Object.keys(same).map((name) => sql.ref(name)), ...names])})
    select ${sql.join([...Object.values(same).map((value) => sql`${value}::text`), ...values])}
    from unnest(${sql.join(arrays)}) as entry (${sql.join(names)})
    where ${where}
    on conflict do nothing`.execute(db)
}

const arrayTypes: Readonly<Record<Column<unknown>['type'], string>> = {
  uuid: 'uuid[]',
  text: 'text[]',
  boolean: 'boolean[]',
  integer: 'integer[]',
  bigint: 'bigint[]',
  float8: 'float8[]',
  jsonb: 'jsonb[]',
  moment: 'float8[]',
}

/** Columns of one type, whose value may be missing. */
const columnOf =
  (type: Column<unknown>['type']) =>
  <Entry>(of: (entry: Entry) => unknown): Column<Entry> => ({ type, of: (entry) => of(entry) ?? null })

export const uuid = columnOf('uuid')
export const text = columnOf('text')
export const boolean = columnOf('boolean')
export const integer = columnOf('integer')
export const bigint = columnOf('bigint')
export const float = columnOf('float8')
export const timestamptz = columnOf('moment')
/** A value that becomes JSON; a missing one is null. */
export const jsonb = <Entry>(of: (entry: Entry) => unknown): Column<Entry> => ({
  type: 'jsonb',
  of(entry) {
    const value = of(entry)
    return value === undefined || value === null ? null : JSON.stringify(value)
  },
})
