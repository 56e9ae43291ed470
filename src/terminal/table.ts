import Table from 'cli-table3'

/** Formats a table with a header row. */
export function formatTable(head: string[], rows: readonly (string | number)[][]): string {
  const table = new Table({ head, style: { head: [], border: [] }, wordWrap: true })
  table.push(...rows)
  return table.toString()
}
