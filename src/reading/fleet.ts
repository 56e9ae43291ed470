import { z } from 'zod'
import { computeTrend } from '../analysis/observing/current-metrics.ts'
import { type Severity, severityRank, severitySchema } from '../model/bottleneck.ts'
import {
  getMetric,
  getRecordedMetric,
  type Metric,
  type MetricName,
  metricDeclarationSchema,
  metricNameSchema,
} from '../model/metric.ts'
import { findObjective, getObjectiveMetric, listObjectiveMetrics, type Objective } from '../model/objective.ts'
import type { Strategy } from '../model/strategy.ts'
import { weightedSumName } from '../model/weighted-sum-name.ts'
import { getWeights } from '../model/weights.ts'
import { listAgents } from '../store/agents.ts'
import { listOpenApprovals } from '../store/approvals.ts'
import { listBottlenecks } from '../store/bottlenecks.ts'
import { findLatestFleetCycle, loadAgentPresence, loadLatestValues } from '../store/fleet.ts'
import { loadCatalogue } from '../store/metrics.ts'
import { loadObjectives } from '../store/objectives.ts'
import { listOpenTrials } from '../store/trials.ts'
import type { StoredContext } from './context.ts'

export const shownMetricSchema = metricDeclarationSchema
  .pick({ name: true, unit: true, kind: true, direction: true })
  .extend({ label: z.string() })

export const fleetAgentSchema = z.object({
  agentId: z.string(),
  kind: z.string(),
  live: z.int().describe('Live instances'),
  silent: z.int().describe('Instances that have been silent for a short time'),
  heardAt: z.date().nullable().describe('When an instance was last heard from; null if none ever registered'),
  metric: metricNameSchema.describe(
    'The requested metric, or else the one that the agent is optimized for (the response time if it has no objective)',
  ),
  value: z.number().nullable().describe('Value of `metric` in the latest snapshot of the last hour'),
  trend: z
    .number()
    .nullable()
    .describe('Change compared with the mean of the last hour: percent for a quantity, points for a share'),
  responseTime: z
    .number()
    .nullable()
    .describe('The response time in the latest snapshot of the last hour, milliseconds, whatever the agent is optimized for'),
  severity: severitySchema.nullable().describe('The worst bottleneck that the latest cycle of the fleet found on the agent'),
  trialId: z.string().nullable().describe('The trial that is running on the agent'),
  waiting: z.boolean().describe('Whether a change to the agent is waiting for approval'),
})

export const fleetSchema = z.object({
  agents: z.array(fleetAgentSchema).describe('By id'),
  metrics: z.array(shownMetricSchema).describe('The metrics that `agents` name'),
})
export type Fleet = z.infer<typeof fleetSchema>

/**
 * Every agent in one line, for a list of thousands: the number of queries does not depend on the size of the fleet.
 * @param chosen the metric whose value is shown of all of them, instead of what each is optimized for
 */
export async function readFleet({ db, config }: StoredContext, chosen?: MetricName): Promise<Fleet> {
  const [agents, presence, objectives, catalogue, trials, approvals, cycle] = await Promise.all([
    listAgents(db),
    loadAgentPresence(db, { now: Date.now(), otlpLiveMs: 1_000 * config.telemetry.liveSeconds }),
    loadObjectives(db, config.objectives),
    loadCatalogue(db, config.metrics),
    listOpenTrials(db),
    listOpenApprovals(db),
    findLatestFleetCycle(db),
  ])
  const wanted = agents.map(({ agentId, kind }) => ({
    agentId,
    metric: chosen ?? chooseMetric(findObjective(objectives, { agentId, kind })),
  }))
  const others = wanted.flatMap(({ agentId, metric }) => (metric === responseTime ? [] : [{ agentId, metric: responseTime }]))
  const [values, responseTimes, bottlenecks] = await Promise.all([
    loadLatestValues(db, wanted),
    loadLatestValues(db, others),
    cycle ? listBottlenecks(db, cycle.id) : [],
  ])
  const worst = new Map<string, Severity>()
  for (const { affectedComponent, severity } of bottlenecks) {
    const known = worst.get(affectedComponent)
    if (!known || severityRank[severity] > severityRank[known]) worst.set(affectedComponent, severity)
  }
  const running = new Map(trials.map(({ agentId, id }) => [agentId, id]))
  const asked = new Set(approvals.map(({ agentId }) => agentId))
  return {
    agents: agents.map(({ agentId, kind }, index) => {
      const { metric } = wanted[index]!
      const { live = 0, silent = 0, heardAt = null } = presence.get(agentId) ?? {}
      const seen = values.get(agentId)
      return {
        agentId,
        kind,
        live,
        silent,
        heardAt,
        metric,
        value: seen?.value ?? null,
        trend: seen ? computeTrend(getMetric(catalogue, metric), seen) : null,
        responseTime: (metric === responseTime ? seen : responseTimes.get(agentId))?.value ?? null,
        severity: worst.get(agentId) ?? null,
        trialId: running.get(agentId) ?? null,
        waiting: asked.has(agentId),
      }
    }),
    metrics: [...new Set(wanted.map(({ metric }) => metric))].map((name) => toDisplayedMetric(getMetric(catalogue, name))),
  }
}

const responseTime = 'responseTime'

/** The metric that represents an objective: its subject; of a weighted sum, the metric with the largest weight. */
function chooseMetric(objective: Objective | undefined): string {
  if (!objective) return responseTime
  const metric = getObjectiveMetric(objective)
  if (metric !== weightedSumName) return metric
  const weights = Object.entries(getWeights(objective.weigh ?? {}))
  return weights.toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? responseTime
}

/** The metrics to show of an agent: those of its objective, the main one first, its success rate and its response time. */
export function listShownMetrics(objective: Objective | undefined): string[] {
  if (!objective) return [responseTime, 'successRate', 'coordinationScore']
  const named = listObjectiveMetrics(objective).filter((name) => name !== weightedSumName)
  const weighed = Object.keys(getWeights(objective.weigh ?? {}))
  return [...new Set([chooseMetric(objective), ...named, ...weighed, 'successRate', responseTime])].slice(0, 6)
}

/** The part of a metric that is needed to show its values. */
export const toDisplayedMetric = ({ name, label, unit, kind, direction }: Metric) => ({ name, label, unit, kind, direction })

/** The metric that the trial of a strategy is to improve, with what is needed to show its values. */
export const getShownTargetMetric = (strategy: Pick<Strategy, 'targetMetric' | 'declared'>) =>
  toDisplayedMetric(getRecordedMetric(strategy, strategy.targetMetric))
