import { resolve } from 'node:path'
import type { ExternalDatabaseSettings } from '../model/external-database.ts'
import type { ExternalDatabase } from './external-database.ts'
import { PostgresDatabase } from './postgres-database.ts'
import { SqliteFile } from './sqlite-file.ts'

/** @throws OptimizerError `unreadable-file`, `locked-file`, `unreadable-database` */
export async function openExternalDatabase({
  sqlite,
  postgres,
  answerSeconds,
}: ExternalDatabaseSettings): Promise<ExternalDatabase> {
  const answerMs = Math.round(answerSeconds * 1_000)
  return postgres === undefined ? new SqliteFile(resolve(sqlite!), answerMs) : await PostgresDatabase.open(postgres, answerMs)
}
