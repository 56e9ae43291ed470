import { explainFailure } from '../client/failure.ts'
import { OptimizerClient } from '../client/optimizer.ts'

/**
 * Runs a command with a client of the running optimizer, and closes the client afterwards.
 * @throws OptimizerError `unreachable` if the optimizer is stopped meanwhile
 */
export async function withClient(work: (client: OptimizerClient) => Promise<void>): Promise<void> {
  const client = await OptimizerClient.connect()
  try {
    await work(client)
  } catch (error) {
    throw explainFailure(error)
  } finally {
    await client.close()
  }
}
