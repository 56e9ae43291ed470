import { OptimizerError } from '../model/errors.ts'
import { isConnectionLost, isNotMigrated } from '../store/errors.ts'
import { createConnectionLostError, isTemporalUnavailable, toTemporalRefusalError } from '../temporal/errors.ts'

/** Converts the failure of a call to one for a person: the system may have been stopped during the call. */
export function toUserFacingError(error: unknown): unknown {
  if (isNotMigrated(error))
    return new OptimizerError(
      'not-migrated',
      "The database does not have the optimizer's tables; npx optimizer migrate creates them.",
    )
  const refusal = toTemporalRefusalError(error)
  if (refusal) return refusal
  if (isTemporalUnavailable(error)) return createConnectionLostError('Temporal', error)
  const failed = error instanceof OptimizerError ? error.cause : error
  return isConnectionLost(failed) ? createConnectionLostError('PostgreSQL', error) : error
}
