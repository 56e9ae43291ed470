import { OptimizerError } from '../model/errors.ts'
import { isLoopback } from '../model/loopback.ts'
import type { TokenCache } from './token-cache.ts'

/** Creates the first token. */
export const tokenCreationCommand = 'npx optimizer tokens create <name> --role admin'

/** Whether the API would serve more than loopback without a token. */
export async function isExposedWithoutToken(book: TokenCache, listening: string): Promise<boolean> {
  return !(isLoopback(listening) || (await book.hasTokenOf('people')) || (await book.hasTokenOf('agents')))
}

/**
 * @param needsRunning whether a token can only be created while the optimizer runs, since it starts its own database
 * @throws OptimizerError `token-required` if the API would serve more than loopback without a token
 */
export async function requireToken(book: TokenCache, listening: string, needsRunning = false): Promise<void> {
  if (!(await isExposedWithoutToken(book, listening))) return
  const remedy = needsRunning
    ? `start it with OPTIMIZER_API_HOST=127.0.0.1, create one with ${tokenCreationCommand} while it runs, and restart it`
    : `create one with ${tokenCreationCommand}, or set OPTIMIZER_API_HOST to 127.0.0.1`
  throw new OptimizerError('token-required', `The API does not listen on ${listening} without a token; ${remedy}.`)
}
