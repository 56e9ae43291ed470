import { OptimizerError } from '../model/errors.ts'
import { isConnectionLost, isNotMigrated } from '../store/errors.ts'
import { connectionLost, isTemporalUnavailable } from '../temporal/errors.ts'

/** The failure of a call as one for a person: the system may have been stopped under whoever waits. */
export function explainFailure(error: unknown): unknown {
  if (isNotMigrated(error))
    return new OptimizerError('not-migrated', 'The database has no tables of the optimizer; npx optimizer migrate makes them.')
  if (isTemporalUnavailable(error)) return connectionLost('Temporal', error)
  const failed = error instanceof OptimizerError ? error.cause : error
  return isConnectionLost(failed) ? connectionLost('PostgreSQL', error) : error
}
