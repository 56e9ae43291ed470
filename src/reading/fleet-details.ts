import { z } from 'zod'
import { buildFacts, findAgentReasons } from '../analysis/eligibility/index.ts'
import { computeBoundExcess } from '../analysis/observing/bounds.ts'
import { computeCurrentValue, computeTrend } from '../analysis/observing/current-metrics.ts'
import { formatChanges } from '../model/format.ts'
import { type MetricPoint, minTrendMs } from '../model/history.ts'
import { getMetric, type MetricCatalogue } from '../model/metric.ts'
import { findObjective, type Objective } from '../model/objective.ts'
import { describeBound } from '../model/objective-text.ts'
import type { InstanceExecution } from '../model/readings.ts'
import { judgementSchema, trialStateSchema } from '../model/trial.ts'
import { listAgents } from '../store/agents.ts'
import type { Database } from '../store/database.ts'
import { listNewestExecutionsByAgent } from '../store/executions.ts'
import {
  findLatestFleetCycle,
  listDeferredStrategies,
  loadAgentPresence,
  loadCycleFindings,
  loadMetricSeries,
  loadRunningCycleFindings,
} from '../store/fleet.ts'
import { loadCatalogue } from '../store/metrics.ts'
import { loadObjectives } from '../store/objectives.ts'
import { loadRecordedPolicy } from '../store/policy-changes.ts'
import { listRunningChanges, type RunningChange } from '../store/running-changes.ts'
import { loadEligibilityRecord } from '../trials/eligibility-facts.ts'
import { selectLinesAboutAgent } from './about-agent.ts'
import type { ReadContext } from './context.ts'
import { getShownTargetMetric, listShownMetrics, shownMetricSchema, toDisplayedMetric } from './fleet.ts'

/** A metric is the mean of the newest executions that report it. */
const newestExecutions = 50
const seriesMs = 12 * 3_600_000
const seriesPoints = 48
/** As many digits as a small chart can show: the response would consist mostly of digits otherwise. */
const seriesDigits = 4

export const pointSchema = z.tuple([z.number(), z.number()]).describe('Time in milliseconds since the epoch, and value')

const reasonSchema = z.object({
  code: z.string(),
  reason: z.string(),
  until: z.number().nullable(),
  trialId: z.string().optional().describe('The running trial that is the reason, if any'),
})

export const fleetAgentDetailsSchema = z.object({
  agentId: z.string(),
  metrics: z.array(
    shownMetricSchema.extend({
      value: z.number().nullable().describe('Mean of the latest executions, otherwise the value in the latest snapshot'),
      trend: z
        .number()
        .nullable()
        .describe('Change compared with the mean of the last hour: percent for a quantity, points for a share'),
      bound: z.string().nullable().describe('The limits that the objective sets on the metric, in words'),
      isWithin: z.boolean().nullable().describe('Whether the value is within the bound and its tolerance'),
      series: z.array(pointSchema).describe('Values over the last 12 hours'),
    }),
  ),
  trial: z
    .object({
      id: z.string(),
      state: trialStateSchema,
      changes: z.string(),
      metric: shownMetricSchema.describe('The metric that the trial aims to improve'),
      judgement: judgementSchema.nullable(),
    })
    .nullable(),
  reasons: z
    .array(reasonSchema)
    .describe(
      'Why nothing is being tried on it now: the rules that forbid it, otherwise the reason that the latest cycle gave (`latest-cycle`)',
    ),
})
export const fleetDetailsSchema = z.array(fleetAgentDetailsSchema)
export type FleetAgentDetails = z.infer<typeof fleetAgentDetailsSchema>

/** The details that a list shows of the agents in view; unknown ones are left out. The number of queries does not depend on how many there are. */
export async function readFleetDetails({ db, config }: ReadContext, agentIds: string[]): Promise<FleetAgentDetails[]> {
  const [agents, objectives, catalogue, executions, running] = await Promise.all([
    listAgents(db, { agentIds }),
    loadObjectives(db, config.objectives),
    loadCatalogue(db, config.metrics),
    listNewestExecutionsByAgent(db, agentIds, newestExecutions),
    listRunningChanges(db, agentIds),
  ])
  const shown = agents.map((agent) => ({ ...agent, objective: findObjective(objectives, agent) }))
  const metrics = [...new Set(shown.flatMap(({ objective }) => listShownMetrics(objective)))]
  const [series, reasons] = await Promise.all([
    loadMetricSeries(db, { agentIds, metrics, since: new Date(Date.now() - seriesMs), parts: seriesPoints }),
    loadReasons({ db, config }, agents),
  ])
  const byAgent = Map.groupBy(executions, ({ agentId }) => agentId)
  return shown.map(({ agentId, objective }) => ({
    agentId,
    metrics: describeMetrics(catalogue, objective, byAgent.get(agentId) ?? [], series.get(agentId) ?? new Map()),
    trial: toTrial(running.find((trial) => trial.agentId === agentId)),
    reasons: reasons.get(agentId) ?? [],
  }))
}

function toTrial(trial: RunningChange | undefined): FleetAgentDetails['trial'] {
  if (!trial) return null
  const { id, state, strategy, judgement } = trial
  return { id, state, changes: formatChanges(strategy.actions), metric: getShownTargetMetric(strategy), judgement }
}

function describeMetrics(
  catalogue: MetricCatalogue,
  objective: Objective | undefined,
  executions: readonly InstanceExecution[],
  series: ReadonlyMap<string, MetricPoint[]>,
): FleetAgentDetails['metrics'] {
  const now = Date.now()
  return listShownMetrics(objective).map((name) => {
    const metric = getMetric(catalogue, name)
    const recorded = series.get(name) ?? []
    const current = computeCurrentValue(metric, executions, now)
    const points = current === undefined ? recorded : [...recorded, { at: now, value: current }]
    const value = points.at(-1)?.value ?? null
    const hour = points.filter(({ at }) => at > now - 3_600_000).slice(0, -1)
    const isLong = hour.length > 0 && now - hour[0]!.at >= minTrendMs
    const before = isLong ? hour.reduce((sum, point) => sum + point.value, 0) / hour.length : null
    const bound = objective?.subjectTo.find((each) => each.metric === name && each.quantile === undefined)
    return {
      ...toDisplayedMetric(metric),
      value,
      trend: value === null ? null : computeTrend(metric, { value, before }),
      bound: bound ? describeBound(bound, metric) : null,
      isWithin: bound && value !== null ? computeBoundExcess(bound, value, metric) === 0 : null,
      series: points.map(({ at, value }): [number, number] => [Math.round(at), Number(value.toPrecision(seriesDigits))]),
    }
  })
}

/** Why nothing is tried on these agents: the rules first, then what the latest cycle of the fleet said. */
async function loadReasons(
  { db, config }: Pick<ReadContext, 'db' | 'config'>,
  agents: readonly { agentId: string; kind: string }[],
): Promise<Map<string, FleetAgentDetails['reasons']>> {
  const now = Date.now()
  const agentIds = agents.map(({ agentId }) => agentId)
  const [record, policy, presence, said] = await Promise.all([
    loadEligibilityRecord(db, config, { now, agentIds }),
    loadRecordedPolicy(db),
    loadAgentPresence(db, { now, otlpLiveMs: 1_000 * config.telemetry.liveSeconds, agentIds }),
    loadLatestReasons(db, agentIds),
  ])
  return new Map(
    agents.map(({ agentId, kind }) => {
      const observed = {
        agentId,
        kind,
        liveInstances: presence.get(agentId)?.live ?? 0,
        // The fields below decide rules that the latest cycle has evaluated: its words are shown for them.
        executions: null,
        knobs: [],
        values: {},
        trials: [],
        lastShiftAt: () => 0,
      }
      const reasons = findAgentReasons(buildFacts(record, observed, { now, policy }), 'beginning')
      const stated = reasons.map(({ knob: _, ...reason }) => reason)
      return [agentId, stated.length > 0 ? stated : (said.get(agentId) ?? [])]
    }),
  )
}

async function loadLatestReasons(db: Database, agentIds: string[]): Promise<Map<string, FleetAgentDetails['reasons']>> {
  const [cycle, running] = await Promise.all([findLatestFleetCycle(db), loadRunningCycleFindings(db, agentIds)])
  if (!cycle) return new Map()
  const [left, { found, tried }] = await Promise.all([
    listDeferredStrategies(db, cycle.id, agentIds),
    loadCycleFindings(db, cycle.id, agentIds),
  ])
  const describeWork = (agentId: string) => {
    if (tried.has(agentId)) return 'its trial has ended'
    return found.has(agentId) ? 'no change was planned for its bottlenecks' : 'it found nothing to improve'
  }
  return new Map(
    agentIds.map((agentId) => {
      const isOf = (strategy: { agentId: string }) => strategy.agentId === agentId
      const waiting = running.waiting.filter(isOf).map(({ content }) => `${formatChanges(content.actions)}: waiting for its turn`)
      const now = waiting.length === 0 && running.found.has(agentId) ? ['the running cycle found a bottleneck'] : waiting
      const lines = [
        ...left.filter(isOf).map(({ content, leftBecause }) => `${formatChanges(content.actions)}: ${leftBecause}`),
        ...selectLinesAboutAgent(cycle.skipped, agentId),
      ]
      const before = lines.length > 0 ? lines : [describeWork(agentId)]
      // What runs now is newer than what the latest complete cycle said.
      const reasons = [...new Set(now.length > 0 ? now : before)].slice(0, 3)
      return [agentId, reasons.map((reason) => ({ code: 'latest-cycle', reason, until: null }))]
    }),
  )
}
