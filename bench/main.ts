/** `npm run bench -- [name]` runs the named benchmark, or all, and prints medians next to their goals (B17). */
import Table from 'cli-table3'
import { collection } from './collection.ts'
import { detection } from './detection.ts'
import { judging } from './judging/bench.ts'
import { report } from './report.ts'
import { strategies } from './strategies.ts'
import type { Bench, Row } from './timing.ts'
import { tuning } from './tuning/bench.ts'

const all: Bench[] = [collection, detection, strategies, report, judging, tuning]

function print(rows: Row[]): void {
  const table = new Table({ head: ['what', 'median ms', 'raw SQL ms', 'goal ms'], style: { head: [], border: [] } })
  for (const { what, medianMs, rawSqlMs, goalMs } of rows) {
    const goal = goalMs === undefined ? '–' : `${goalMs} ${medianMs <= goalMs ? 'met' : 'missed'}`
    table.push([what, medianMs.toFixed(2), rawSqlMs?.toFixed(2) ?? '–', goal])
  }
  console.log(table.toString())
}

const wanted = process.argv[2]
const chosen = all.filter(({ name }) => wanted === undefined || name === wanted)
if (chosen.length === 0) {
  console.error(`There is no benchmark ${wanted}; there are ${all.map(({ name }) => name).join(', ')}.`)
  process.exitCode = 1
}
const rows: Row[] = []
for (const bench of chosen) rows.push(...(await bench.run(wanted === undefined ? undefined : process.argv.slice(3))))
if (rows.length > 0) print(rows)
