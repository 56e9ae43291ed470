import { resolve } from 'node:path'
import type { ForeignDatabaseSettings } from '../model/foreign-database.ts'
import type { ForeignDatabase } from './foreign-database.ts'
import { PostgresDatabase } from './postgres-database.ts'
import { SqliteFile } from './sqlite-file.ts'

/** @throws OptimizerError `unreadable-file`, `locked-file`, `unreadable-database` */
export async function openForeignDatabase({
  sqlite,
  postgres,
  answerSeconds,
}: ForeignDatabaseSettings): Promise<ForeignDatabase> {
  const answerMs = Math.round(answerSeconds * 1_000)
  return postgres === undefined ? new SqliteFile(resolve(sqlite!), answerMs) : await PostgresDatabase.open(postgres, answerMs)
}
