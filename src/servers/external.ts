import { setTimeout as delay } from 'node:timers/promises'
import { describeError, OptimizerError } from '../model/errors.ts'

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
          `${title} at the address in ${variable} is not responding (${describeError(cause)}); start it, correct the address, or unset ${variable} to use the embedded server.`,
          { cause },
        )
    }
    await delay(200)
  }
}
