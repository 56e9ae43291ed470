import type { StoredContext } from '../reading/context.ts'
import { readAddresses } from '../servers/addresses.ts'
import { openDatabase } from '../store/database.ts'
import { findConfig } from './find-config.ts'
import { toUserFacingError } from './user-facing-error.ts'

/**
 * Does something with the database alone, which does not need Temporal: the one at DATABASE_URL, otherwise that of the optimizer that
 * `npm start` started on the data folder.
 * @throws OptimizerError `not-running`; `unreachable` if PostgreSQL does not answer
 */
export async function withDatabase(work: (client: StoredContext) => Promise<void>, config = findConfig()): Promise<void> {
  const db = openDatabase(config.databaseUrl ?? readAddresses(config.dataDir).postgres)
  try {
    await work({ db, config })
  } catch (error) {
    throw toUserFacingError(error)
  } finally {
    await db.destroy()
  }
}
