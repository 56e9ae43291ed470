import { OptimizerClient } from '../client/optimizer.ts'

/** Runs a command against what is up and lets go of it afterwards. */
export async function connected(work: (client: OptimizerClient) => Promise<void>): Promise<void> {
  const client = await OptimizerClient.connect()
  try {
    await work(client)
  } finally {
    await client.close()
  }
}
