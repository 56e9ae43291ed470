import Table from 'cli-table3'

/** A table with a head; long cells are wrapped where they have spaces. */
export function formatTable(head: string[], rows: readonly (string | number)[][]): string {
  const table = new Table({ head, style: { head: [], border: [] }, wordWrap: true })
  table.push(...rows)
  return table.toString()
}
