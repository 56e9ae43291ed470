import { readRecommendations } from '../reading/capacity.ts'
import { readBottlenecks, readMetrics } from '../reading/metrics.ts'
import { formatBottlenecks, formatMetrics } from '../terminal/format-metrics.ts'
import { print } from '../terminal/print.ts'
import { withClient } from './with-client.ts'

export async function metrics(agent: string | undefined, { json }: { json?: boolean }): Promise<void> {
  await withClient(async (client) => print(await readMetrics(client, agent), formatMetrics, json))
}

export async function bottlenecks({ limit, json }: { limit?: number; json?: boolean }): Promise<void> {
  await withClient(async (client) => {
    const [found, recommendations] = await Promise.all([readBottlenecks(client, limit), readRecommendations(client)])
    print({ bottlenecks: found, recommendations }, formatBottlenecks, json)
  })
}
