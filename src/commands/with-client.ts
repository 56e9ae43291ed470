import { explainFailure } from '../client/failure.ts'
import { OptimizerClient } from '../client/optimizer.ts'

/**
 * Runs a command against what is up and lets go of it afterwards.
 * @throws OptimizerError `unreachable` where it is stopped meanwhile
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
