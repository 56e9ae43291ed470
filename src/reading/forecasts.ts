import { z } from 'zod'
import { forecastMetric } from '../analysis/observing/forecasting/index.ts'
import { alertLevels, findAlertMetric, getBadSide } from '../model/alert-threshold.ts'
import type { EngineSettings } from '../model/engine-settings.ts'
import { type MetricLimit, metricForecastSchema } from '../model/forecast.ts'
import { getMetric, type Metric, type MetricCatalogue } from '../model/metric.ts'
import { findObjective, type Objective } from '../model/objective.ts'
import { loadMetricHistory } from '../store/agent-metrics.ts'
import { findAgent, requireAgent } from '../store/agents.ts'
import type { Database } from '../store/database.ts'
import { loadCatalogue } from '../store/metrics.ts'
import { loadObjectives } from '../store/objectives.ts'
import type { StoredContext } from './context.ts'
import { readEngineSettings } from './engine-settings.ts'
import { listShownMetrics, shownMetricSchema, toDisplayedMetric } from './fleet.ts'

export const forecastsSchema = z.array(
  shownMetricSchema.extend({
    limits: z.array(z.number()).describe('Limits of alerts and bounds of the objective'),
    forecast: metricForecastSchema.nullable().describe('Null if not enough has been measured yet'),
  }),
)
export type Forecasts = z.infer<typeof forecastsSchema>

/** Results are shown for this long, milliseconds. */
const freshMs = 60_000
const computed = new WeakMap<Database, Map<string, { at: number; forecasts: Promise<Forecasts> }>>()

/**
 * Forecasts of the metrics of an agent's objective, and when they cross a limit. At most a minute old.
 * @throws OptimizerError `unknown-agent`
 */
export async function readForecasts(context: StoredContext, agentId: string, now = Date.now()): Promise<Forecasts> {
  await requireAgent(context.db, agentId)
  const known = computed.get(context.db) ?? new Map()
  computed.set(context.db, known)
  for (const [id, { at }] of known) if (Math.abs(now - at) >= freshMs) known.delete(id)
  const found = known.get(agentId)
  if (found) return await found.forecasts
  const forecasts = computeForecasts(context, agentId, now)
  known.set(agentId, { at: now, forecasts })
  forecasts.catch(() => known.delete(agentId))
  return await forecasts
}

async function computeForecasts({ db, config }: StoredContext, agentId: string, now: number): Promise<Forecasts> {
  const [agent, objectives, catalogue, settings] = await Promise.all([
    findAgent(db, agentId),
    loadObjectives(db, config.objectives),
    loadCatalogue(db, config.metrics),
    readEngineSettings({ db, config }),
  ])
  const objective = findObjective(objectives, agent!)
  const names = listShownMetrics(objective)
  const history = (await loadMetricHistory(db, names, [agentId]))[agentId] ?? {}
  return names.map((name) => {
    const metric = getMetric(catalogue, name)
    const limits = listLimits(metric, objective, settings, catalogue)
    const forecast = forecastMetric(history[name] ?? [], { metric, limits, now }) ?? null
    return { ...toDisplayedMetric(metric), limits: limits.map(({ value }) => value), forecast }
  })
}

function listLimits(
  metric: Metric,
  objective: Objective | undefined,
  { alert_thresholds: thresholds }: EngineSettings,
  catalogue: MetricCatalogue,
): MetricLimit[] {
  const ofAlerts = Object.entries(thresholds).flatMap(([name, threshold]) => {
    if (findAlertMetric(name, catalogue)?.name !== metric.name) return []
    const side = getBadSide(threshold, metric)
    return alertLevels.flatMap((level) => {
      const value = threshold[level]
      return value === undefined ? [] : [{ name: `${level} limit`, value, side }]
    })
  })
  const bounds = (objective?.subjectTo ?? [])
    .filter(({ metric: name, quantile }) => name === metric.name && quantile === undefined)
    .flatMap(({ min, max }): MetricLimit[] => [
      ...(min === undefined ? [] : [{ name: 'bound', value: min, side: 'below' as const }]),
      ...(max === undefined ? [] : [{ name: 'bound', value: max, side: 'above' as const }]),
    ])
  return [...bounds, ...ofAlerts]
}
