import { OptimizerClient } from '../client/optimizer.ts'
import { toUserFacingError } from '../client/user-facing-error.ts'

type Work = (client: OptimizerClient) => Promise<void>

/**
 * Runs a command with a client of the running optimizer, and closes the client afterwards.
 * @throws OptimizerError `unreachable` if the optimizer stops in the meantime
 */
export const withClient = async (work: Work): Promise<void> => use(await OptimizerClient.connect(), work)

/** The same for a command that only reads: while Temporal does not answer, it shows what the database knows. */
export const withReader = (work: Work): Promise<void> => use(OptimizerClient.openForReading(), work)

async function use(client: OptimizerClient, work: Work): Promise<void> {
  try {
    await work(client)
  } catch (error) {
    throw toUserFacingError(error)
  } finally {
    await client.close()
  }
}
