import { readBottlenecks, readMetrics } from '../reading/metrics.ts'
import { formatBottlenecks, formatMetrics } from '../terminal/format-metrics.ts'
import { print } from '../terminal/print.ts'
import { withClient } from './with-client.ts'

export async function metrics(agent: string | undefined, { json }: { json?: boolean }): Promise<void> {
  await withClient(async (client) => print(await readMetrics(client, agent), formatMetrics, json))
}

export async function bottlenecks({ json }: { json?: boolean }): Promise<void> {
  await withClient(async (client) => print(await readBottlenecks(client), formatBottlenecks, json))
}
