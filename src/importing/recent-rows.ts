import type { RowKey } from './external-database.ts'

/** A row that was read. */
interface ReadRow {
  /** An id that is the same whenever the row is read. */
  id: string
  key: RowKey
}

/** Rows that are remembered; earlier ones are settled in any case. */
const most = 20_000

/**
 * The rows of a table that were read recently. They are read again, because others may still appear among them: a transaction that took an
 * earlier key may end later. A row is settled once it and all rows before it have been known for a while.
 */
export class RecentRows {
  readonly #forMs: number
  /** When each unsettled row was first read, milliseconds since the epoch. */
  readonly #firstRead = new Map<string, number>()
  /** Those of this pass, in the order of their keys. */
  #passed: ReadRow[] = []

  /** @param forMs how long others may appear before a row that was read; 0 if they never do */
  constructor(forMs: number) {
    this.#forMs = forMs
  }

  /** Begins to read again from the last settled row. */
  restart(): void {
    this.#passed = []
  }

  /** Forgets everything: some of it may not have been stored. */
  clear(): void {
    this.#passed = []
    this.#firstRead.clear()
  }

  /** @returns whether the row was not read before */
  pass(row: ReadRow, now: number): boolean {
    this.#passed.push(row)
    if (this.#firstRead.has(row.id)) return false
    this.#firstRead.set(row.id, now)
    return true
  }

  /** Forgets the rows that are settled. @returns the last of them */
  settle(now: number): ReadRow | undefined {
    const isUnsettled = ({ id }: ReadRow) => this.#firstRead.get(id)! > now - this.#forMs
    const unsettled = this.#passed.findIndex(isUnsettled)
    const settled = this.#passed.splice(
      0,
      Math.max(unsettled === -1 ? this.#passed.length : unsettled, this.#passed.length - most),
    )
    for (const { id } of settled) this.#firstRead.delete(id)
    return settled.at(-1)
  }

  /** Forgets rows that the owner has deleted: those that were not passed although everything was read. */
  end(): void {
    const passed = new Set(this.#passed.map(({ id }) => id))
    for (const id of this.#firstRead.keys()) if (!passed.has(id)) this.#firstRead.delete(id)
  }
}
