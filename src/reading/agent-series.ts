import { z } from 'zod'
import { addStandings, determineStandings } from '../analysis/reporting/results/index.ts'
import { getMetric } from '../model/metric.ts'
import { findObjective } from '../model/objective.ts'
import { standingResultSchema } from '../model/result.ts'
import { strategySchema } from '../model/strategy.ts'
import { findAgent, getCurrentConfiguration, requireAgent } from '../store/agents.ts'
import { loadMetricSeries } from '../store/fleet.ts'
import { loadCatalogue } from '../store/metrics.ts'
import { loadObjectives } from '../store/objectives.ts'
import { listKeptResults } from '../store/results.ts'
import { countAgentTrials, listTrialsWithStrategies } from '../store/trials.ts'
import type { ReadContext } from './context.ts'
import { listShownMetrics, shownMetricSchema, toDisplayedMetric } from './fleet.ts'
import { pointSchema } from './fleet-details.ts'
import { type Page, readPage } from './list-extent.ts'
import { trialSchema } from './trials.ts'

export const agentTrialSchema = trialSchema.extend({
  strategy: strategySchema,
  result: standingResultSchema.nullable().describe('Null until the trial is concluded'),
})
export type AgentTrial = z.infer<typeof agentTrialSchema>

export const metricSeriesSchema = z.array(shownMetricSchema.extend({ series: z.array(pointSchema) }))
export type MetricSeriesView = z.infer<typeof metricSeriesSchema>

/** The newest trials of an agent with their present standing, newest first. @throws OptimizerError `unknown-agent` */
export async function readAgentTrials({ db }: ReadContext, agentId: string, limit = 50): Promise<Page<AgentTrial>> {
  await requireAgent(db, agentId)
  const [page, kept, current] = await Promise.all([
    readPage(listTrialsWithStrategies(db, agentId, limit), countAgentTrials(db, agentId)),
    listKeptResults(db, { agentId }),
    getCurrentConfiguration(db, agentId),
  ])
  const standings = determineStandings(kept, current.values)
  return {
    ...page,
    items: page.items.map(({ result, ...trial }) => ({ ...trial, result: result && addStandings([result], standings)[0]! })),
  }
}

const hourMs = 3_600_000
const parts = 240

/** The metrics of an agent's objective over time. @param hours how far back @throws OptimizerError `unknown-agent` */
export async function readMetricSeries({ db, config }: ReadContext, agentId: string, hours = 24): Promise<MetricSeriesView> {
  await requireAgent(db, agentId)
  const [agent, objectives, catalogue] = await Promise.all([
    findAgent(db, agentId),
    loadObjectives(db, config.objectives),
    loadCatalogue(db, config.metrics),
  ])
  const metrics = listShownMetrics(findObjective(objectives, agent!))
  const since = new Date(Date.now() - hours * hourMs)
  const series = (await loadMetricSeries(db, { agentIds: [agentId], metrics, since, parts })).get(agentId)
  return metrics.map((name) => ({
    ...toDisplayedMetric(getMetric(catalogue, name)),
    series: (series?.get(name) ?? []).map(({ at, value }): [number, number] => [Math.round(at), value]),
  }))
}
