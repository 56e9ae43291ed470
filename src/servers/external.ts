import { setTimeout as delay } from 'node:timers/promises'
import { OptimizerError } from '../model/errors.ts'

const patienceMs = 5_000

/** Waits until a server that is run elsewhere answers.
 * @param variable the environment variable with its address
 * @throws OptimizerError `unreachable` after five seconds */
export async function waitForExternalServer(check: () => Promise<void>, title: string, variable: string): Promise<void> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    try {
      return await check()
    } catch (cause) {
      if (Date.now() > deadline)
        throw new OptimizerError(
          'unreachable',
          `${title} at the address in ${variable} does not answer (${reason(cause)}); start it, correct the address, or unset ${variable} to use the embedded server.`,
          { cause },
        )
    }
    await delay(200)
  }
}

/** The innermost message: connection failures are wrapped, and those of several attempts have no message of their own. */
function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join(', ')
  if (!(error instanceof Error)) return String(error)
  return error.cause ? reason(error.cause) : error.message
}
