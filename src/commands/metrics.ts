import { readRecommendations } from '../reading/capacity.ts'
import { readBottlenecks, readMetrics } from '../reading/metrics.ts'
import { formatBottlenecks, formatMetrics } from '../terminal/format-metrics.ts'
import { print } from '../terminal/print.ts'
import type { FilterOptions } from './filter-options.ts'
import { hasFilter, sinceOf } from './filters.ts'
import { withClient } from './with-client.ts'

export async function metrics(agent: string | undefined, { json }: { json?: boolean }): Promise<void> {
  await withClient(async (client) => print(await readMetrics(client, agent), formatMetrics, json))
}

export async function bottlenecks({ json, agent, limit, since }: FilterOptions & { json?: boolean }): Promise<void> {
  const filters = { component: agent, since: sinceOf({ since }), limit }
  await withClient(async (client) => {
    const [found, recommendations] = await Promise.all([readBottlenecks(client, filters), readRecommendations(client)])
    const isFiltered = hasFilter({ agent, since })
    print({ bottlenecks: found, recommendations }, (report) => formatBottlenecks({ ...report, isFiltered }), json)
  })
}
