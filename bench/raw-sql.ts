import { CompiledQuery, createQueryId, PostgresQueryCompiler, type RootOperationNode } from 'kysely'
import type { Database } from '../src/store/database.ts'
import { median } from './timing.ts'

/**
 * The time of PostgreSQL itself, planning and execution, for all statements that the work sends: the sum of their medians in
 * milliseconds, without the network, the driver and the processing of the rows.
 */
export async function rawSqlTime(db: Database, work: (db: Database) => Promise<unknown>, runs = 30): Promise<number> {
  const statements: RootOperationNode[] = []
  await work(
    db.withPlugin({
      transformQuery: ({ node }) => {
        statements.push(node)
        return node
      },
      transformResult: async ({ result }) => result,
    }),
  )
  let total = 0
  for (const statement of statements) total += await serverTime(db, statement, runs)
  return total
}

async function serverTime(db: Database, statement: RootOperationNode, runs: number): Promise<number> {
  const { sql: text, parameters } = new PostgresQueryCompiler().compileQuery(statement, createQueryId())
  const explain = CompiledQuery.raw(`explain (analyze, timing off, format json) ${text}`, [...parameters])
  const times: number[] = []
  for (let run = 0; run < runs; run++) {
    const { rows } = await db.withoutPlugins().executeQuery<{ 'QUERY PLAN': [Record<string, number>] }>(explain)
    const [plan] = rows[0]!['QUERY PLAN']
    times.push(plan['Planning Time']! + plan['Execution Time']!)
  }
  return median(times)
}
