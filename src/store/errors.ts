/** Classifies errors of PostgreSQL and its driver. */

/**
 * Whether the data is at fault, so that a retry would fail too: SQLSTATE classes 22 (data exception), 23 (integrity constraint) and 54
 * (a limit of PostgreSQL, such as the depth of its stack).
 */
export function isDataError(error: unknown): error is Error {
  return error instanceof Error && /^(2[23]|54)[0-9A-Z]{3}$/.test(codeOf(error))
}

/** Whether some data could not be processed, by PostgreSQL or by this program; other data may be processed anyway. */
export function isCausedByData(error: unknown): error is Error {
  return isDataError(error) || error instanceof TypeError || error instanceof RangeError
}

/** Catches the failure of something whose data cannot be processed, so that it does not stop the rest. @throws every other error */
export function ignoreDataErrors(error: unknown): undefined {
  if (!isCausedByData(error)) throw error
}

/**
 * Whether the connection was lost or cannot be made: operating system codes, SQLSTATE classes 08 and 57P, the driver's own messages. 08P01
 * is what PgBouncer says when it ends a connection; without such an end, it is a message that PostgreSQL will never understand, such as one with
 * too many parameters.
 */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (codeOf(error) === '08P01') return 'severity' in error && error.severity === 'FATAL'
  return lostConnectionCode.test(codeOf(error)) || lostConnectionMessage.test(error.message)
}

/** Whether the tables do not exist because this database was never migrated. */
export function isNotMigrated(error: unknown): boolean {
  return codeOf(error) === '42P01'
}

/** Whether the server has no more room on its disk. */
export function isDiskFull(error: unknown): boolean {
  return codeOf(error) === '53100' || codeOf(error) === 'ENOSPC'
}

/** Whether a pooler such as PgBouncer refuses settings that come with the connection. */
export function isStartupParameterRefused(error: unknown): boolean {
  return error instanceof Error && /unsupported startup parameter/i.test(error.message)
}

/** Whether PostgreSQL refuses the user or the password: SQLSTATE class 28. */
export function isLoginRefused(error: unknown): boolean {
  return codeOf(error).startsWith('28')
}

/** Whether another transaction held a lock for too long, or waits for one of this transaction (a deadlock). */
export function isLockUnavailable(error: unknown): boolean {
  return codeOf(error) === '55P03' || codeOf(error) === '40P01'
}

const lostConnectionCode = /^(ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|08\w{3}|57P\w{2})$/
const lostConnectionMessage =
  /^Connection terminated|^timeout expired|timeout exceeded when trying to connect|^Query read timeout/

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : '')
