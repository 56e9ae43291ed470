import { withDatabase } from '../client/with-database.ts'
import { readRecommendations } from '../reading/capacity.ts'
import { readForecasts } from '../reading/forecasts.ts'
import { readBottlenecks, readMetrics } from '../reading/metrics.ts'
import { formatForecasts } from '../terminal/format-forecasts.ts'
import { formatBottlenecks, formatMetrics } from '../terminal/format-metrics.ts'
import { print } from '../terminal/print.ts'
import type { FilterOptions } from './filter-options.ts'
import { hasFilter, parseSinceOption } from './filters.ts'

export async function showMetrics(
  agent: string | undefined,
  { json, limit }: Pick<FilterOptions, 'limit'> & { json?: boolean },
): Promise<void> {
  await withDatabase(async (client) => {
    const agents = (await readMetrics(client, agent)).slice(0, limit)
    if (agent === undefined) return print(agents, formatMetrics, json)
    const forecasts = await readForecasts(client, agent)
    print(
      agents.map((metrics) => ({ ...metrics, forecasts })),
      (found) => [formatMetrics(found), ...formatForecasts(forecasts)].join('\n'),
      json,
    )
  })
}

export async function showBottlenecks({ json, agent, limit, since }: FilterOptions & { json?: boolean }): Promise<void> {
  const filters = { component: agent, since: parseSinceOption({ since }), limit }
  await withDatabase(async (client) => {
    const [found, recommendations] = await Promise.all([readBottlenecks(client, filters), readRecommendations(client)])
    const isFiltered = hasFilter({ agent, since })
    print({ bottlenecks: found, recommendations }, (report) => formatBottlenecks({ ...report, isFiltered }), json)
  })
}
