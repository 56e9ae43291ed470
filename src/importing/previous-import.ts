import type { TablePlan } from '../model/import-mapping.ts'
import type { TableMapping } from '../store/schema/observations.ts'
import { convertRow } from './convert.ts'
import type { ExternalRow } from './external-database.ts'
import { RowIdGenerator } from './row-ids.ts'

/**
 * The rows of a table that were read with an earlier mapping, from the first to the place that was reached. Rows that were taken stay as they are,
 * whatever it would be now; what was refused may be taken.
 */
export class PreviousImport {
  readonly #plan: TablePlan
  readonly #mapping: TableMapping
  readonly #lastId: string
  readonly #ids: RowIdGenerator
  /** Whether the place is not reached yet. */
  isReading = true

  /** @param lastId the id of the last row that was read */
  constructor(plan: TablePlan, mapping: TableMapping, lastId: string) {
    this.#plan = plan
    this.#mapping = mapping
    this.#lastId = lastId
    this.#ids = new RowIdGenerator(plan)
  }

  /** The columns that it has read, under names that no column here has. */
  get readColumns(): Record<string, string> {
    return Object.fromEntries(Object.entries(this.#plan.columns).map(([name, column]) => [`${name} before`, column]))
  }

  /** Passes the next row. @returns whether it was taken */
  pass(row: ExternalRow, now: number): boolean {
    if (!this.isReading) return false
    if (this.#ids.next(row) === this.#lastId) this.isReading = false
    try {
      convertRow(this.#plan, row, this.#mapping, now)
      return true
    } catch {
      return false
    }
  }
}
