import { withDatabase } from '../client/with-database.ts'
import { readBottlenecks } from '../reading/bottlenecks.ts'
import { readRecommendations } from '../reading/capacity.ts'
import { readForecasts } from '../reading/forecasts.ts'
import { readMetrics, readMetricsPage } from '../reading/metrics.ts'
import { formatForecasts } from '../terminal/format-forecasts.ts'
import { formatBottlenecks, formatMetrics } from '../terminal/format-metrics.ts'
import { print, printItems } from '../terminal/print.ts'
import type { FilterOptions } from './filter-options.ts'
import { hasFilter, parseSinceOption } from './filters.ts'

/** Agents shown unless asked for more: each has hundreds of executions to be read. */
const usualAgents = 100

export async function showMetrics(
  agent: string | undefined,
  { json, limit = usualAgents }: Pick<FilterOptions, 'limit'> & { json?: boolean },
): Promise<void> {
  await withDatabase(async (client) => {
    if (agent === undefined) return printItems(await readMetricsPage(client, { limit }), formatMetrics, { noun: 'agent', json })
    const agents = await readMetrics(client, agent)
    const forecasts = await readForecasts(client, agent)
    print(
      agents.map((metrics) => ({ ...metrics, forecasts })),
      (items) => [formatMetrics({ items, total: items.length }), ...formatForecasts(forecasts)].join('\n'),
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
