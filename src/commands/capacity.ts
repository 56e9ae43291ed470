import { readCapacity, readRecommendations } from '../reading/capacity.ts'
import { formatCapacity, formatRecommendations } from '../terminal/format-capacity.ts'
import { print } from '../terminal/print.ts'
import { withClient } from './with-client.ts'

export async function capacity({ json }: { json?: boolean }): Promise<void> {
  await withClient(async (client) => print(await readCapacity(client), formatCapacity, json))
}

export async function recommendations({ json }: { json?: boolean }): Promise<void> {
  await withClient(async (client) => print(await readRecommendations(client), formatRecommendations, json))
}
