import { hash } from 'node:crypto'
import { deferredColumns, type TablePlan } from '../model/import-mapping.ts'
import { toUuid } from '../model/uuid.ts'
import { type ExternalRow, getRowKey } from './external-database.ts'

/** Equal rows that are further apart count as one. */
export const maxRowsBetweenEqualRows = 1_000
/** Columns that tell rows with the same key apart, such as those of another file in the place of the first. */
const steady = ['timestamp', 'agent_name', 'agent'] as const

/**
 * The ids of the rows of a table, the same whenever they are read, from whatever copy of the database. The id of a row without a lasting key
 * follows from its content and its number among the equal rows before it, so rows must be passed in order, without gaps.
 */
export class RowIdGenerator {
  readonly #plan: TablePlan
  /** The contents of the newest rows, and how often each is among them. */
  readonly #contents: string[] = []
  readonly #counts = new Map<string, number>()

  constructor(plan: TablePlan) {
    this.#plan = plan
  }

  next(row: ExternalRow): string {
    const { table, columns, identity } = this.#plan
    if (identity === null) return this.#nextEqual(row)
    const parts = steady.map((name) => String(columns[name] === undefined ? '' : row[columns[name]]))
    const key = identity === this.#plan.key ? getRowKey(row) : row[identity]
    return toUuid(hash('sha256', JSON.stringify([table, String(key), ...parts]), 'hex'))
  }

  #nextEqual(row: ExternalRow): string {
    const { table, columns } = this.#plan
    // What is completed later does not identify a row.
    const values = Object.entries(columns).filter(([name]) => !deferredColumns[table]?.includes(name))
    const content = hash('sha256', JSON.stringify([table, ...values.map(([name, column]) => [name, String(row[column])])]), 'hex')
    const number = this.#counts.get(content) ?? 0
    this.#counts.set(content, number + 1)
    if (this.#contents.push(content) > maxRowsBetweenEqualRows) this.#forget(this.#contents.shift()!)
    return toUuid(hash('sha256', `${content} ${number}`, 'hex'))
  }

  #forget(content: string): void {
    const left = this.#counts.get(content)! - 1
    if (left === 0) this.#counts.delete(content)
    else this.#counts.set(content, left)
  }
}
