import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'

/** The width of output that goes to a file or another program. */
const usualWidth = 80
/** A border and a space on each side of a cell, and the last border. */
const cellEdges = 3
const lastEdge = 1

/**
 * Formats a table with a header row. Cells that are too wide are wrapped between words; if that is not enough, each row is printed
 * as a block of lines.
 * @param width columns; by default those of the terminal, of `COLUMNS`, or 80
 */
export function formatTable(head: string[], rows: readonly (string | number)[][], width = getTerminalWidth()): string {
  const available = width - cellEdges * head.length - lastEdge
  const columns = head.map((name, index) => measureColumn([name, ...rows.map((row) => String(row[index] ?? ''))]))
  const widths = fitColumns(columns, available)
  if (!widths) return formatRecords(head, rows)
  const options = { head, style: { head: [], border: [] }, wordWrap: true }
  const table = new Table({ ...options, colWidths: widths.map((columnWidth) => columnWidth + cellEdges - 1) })
  table.push(...rows)
  return table.toString()
}

export function getTerminalWidth(): number {
  const told = Number(process.env.COLUMNS)
  return process.stdout.columns ?? (Number.isInteger(told) && told > 0 ? told : usualWidth)
}

interface Column {
  /** The longest line. */
  natural: number
  /** The longest word, which is never broken. */
  least: number
}

function measureColumn(cells: readonly string[]): Column {
  const longest = (texts: readonly string[]) => texts.reduce((most, text) => Math.max(most, lengthOf(text)), 0)
  const lines = cells.flatMap((cell) => cell.split('\n'))
  return { natural: longest(lines), least: longest(lines.flatMap((line) => line.split(/\s+/))) }
}

const lengthOf = (text: string) => stripVTControlCharacters(text).length

/** The widths that fit; wide columns shrink first. Undefined if even the longest words do not fit. */
function fitColumns(columns: readonly Column[], available: number): number[] | undefined {
  const widthsAt = (most: number) => columns.map(({ natural, least }) => Math.max(least, Math.min(natural, most)))
  const sum = (widths: readonly number[]) => widths.reduce((total, each) => total + each, 0)
  const widest = Math.max(0, ...columns.map(({ natural }) => natural))
  for (let most = widest; most >= 0; most--) {
    const widths = widthsAt(most)
    if (sum(widths) <= available) return widths
  }
  return undefined
}

/** "agent: hunter", a line for each cell that is not empty, and an empty line between rows. */
function formatRecords(head: readonly string[], rows: readonly (string | number)[][]): string {
  const blocks = rows.map((row) =>
    row
      .flatMap((cell, index) => (String(cell) === '' ? [] : [head[index] ? `${head[index]}: ${cell}` : String(cell)]))
      .join('\n'),
  )
  return blocks.length > 0 ? blocks.join('\n\n') : head.join(', ')
}
