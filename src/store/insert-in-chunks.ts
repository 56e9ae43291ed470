/** A statement of PostgreSQL has at most 65,535 parameters; a row of ours has at most thirty. */
const rowsAtOnce = 2_000

/** Inserts rows in several statements, one after the other, if they have too many parameters for one. */
export async function insertInChunks<Row>(rows: readonly Row[], insert: (chunk: Row[]) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < rows.length; from += rowsAtOnce) await insert(rows.slice(from, from + rowsAtOnce))
}
