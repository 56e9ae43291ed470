import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { OptimizerClient } from '../client/optimizer.ts'
import { type OperationStatus, readOperationStatus } from '../reading/operation.ts'
import type { AgentGateway } from './gateway/gateway.ts'
import { createRouter, noQuery, textResponses } from './route.ts'

const route = createRoute({
  method: 'get',
  path: '/metrics',
  operationId: 'prometheusMetrics',
  summary: 'Metrics of the optimizer itself, in the text format of Prometheus',
  request: { query: noQuery },
  responses: textResponses('text/plain', 400),
})

/** Gauges whose names end like those of counters, which Prometheus warns about. */
const misnamed = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total']

/** The optimizer's own metrics for Prometheus: cycles, trials, reports, workers, and this process. */
export function createMetricsRoute(
  optimizer: OptimizerClient,
  gateway: AgentGateway,
  invalidMessages: ReadonlyMap<string, number>,
): OpenAPIHono {
  const router = createRouter()
  let metrics: ReturnType<typeof createMetrics> | undefined
  router.openAPIRegistry.registerPath(route)
  router.get(route.path, async (c) => {
    noQuery.parse(c.req.query())
    // Only an API that is scraped observes its process.
    metrics ??= createMetrics()
    const operation = await readOperationStatus(optimizer).catch(() => undefined)
    metrics.update(operation, gateway.counts, invalidMessages)
    return c.body(await metrics.registry.metrics(), 200, { 'content-type': metrics.registry.contentType })
  })
  return router
}

function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const name of misnamed) registry.removeSingleMetric(name)
  const gauge = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name: `optimizer_${name}`, help, labelNames, registers: [registry] })
  const counter = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name: `optimizer_${name}_total`, help, labelNames, registers: [registry] })

  const databaseUp = gauge('database_up', 'Whether the database responds; if not, the metrics from it are missing.')
  const cycles = gauge('cycles', 'Recorded cycles by state.', ['state'])
  const lastCycle = gauge('last_cycle_start_timestamp_seconds', 'When the latest cycle started.')
  const phases = gauge('last_cycle_phase_seconds', 'Duration of the phases of the latest cycle.', ['phase'])
  const trials = gauge('trials_running', 'Running trials, inside or outside cycles.', ['place'])
  const results = gauge('results', 'Results of trials by verdict.', ['verdict'])
  const alerts = gauge('alerts_open', 'Open alerts by severity.', ['severity'])
  const approvals = gauge('approvals_open', 'Open requests for approval.')
  const agents = gauge('agents', 'Agents, excluding forgotten ones.')
  const instances = gauge('instances_live', 'Instances of agents with a recent heartbeat.')
  const workers = gauge('workers', 'Workers polling the task queue.')
  const records = counter('records', 'Records received from agents by this process.', ['outcome'])
  const invalid = counter('invalid_messages', 'NATS messages that this process could not process.', ['subject'])
  const telemetry = counter('telemetry_records', 'Spans, scores and self-reported values from OpenTelemetry data.', ['outcome'])
  const ignoredPoints = counter('telemetry_ignored_points', 'Data points of OpenTelemetry metrics that were ignored.', ['metric'])
  const unpriced = counter(
    'telemetry_unpriced_calls',
    'Language model calls whose cost is unknown, because a price or token counts are missing.',
    ['model'],
  )
  const foreign = counter('foreign_rows', 'Rows read from followed external databases.', ['database', 'outcome'])
  const requests = counter('agent_requests', 'Agent requests answered by this process.', ['request', 'status'])

  /** Values that are unknown now are omitted rather than stale. */
  function update(
    operation: OperationStatus | undefined,
    counts: AgentGateway['counts'],
    invalidMessages: ReadonlyMap<string, number>,
  ): void {
    for (const metric of [lastCycle, approvals, agents, instances, workers]) metric.remove()
    for (const metric of [
      cycles,
      phases,
      trials,
      results,
      alerts,
      records,
      telemetry,
      ignoredPoints,
      unpriced,
      requests,
      invalid,
      foreign,
    ])
      metric.reset()
    databaseUp.set(operation ? 1 : 0)
    records.inc({ outcome: 'accepted' }, counts.accepted)
    records.inc({ outcome: 'refused' }, counts.refused)
    for (const [outcome, count] of Object.entries(counts.telemetry)) telemetry.inc({ outcome }, count)
    for (const [metric, count] of counts.ignoredPoints) ignoredPoints.inc({ metric }, count)
    for (const [model, count] of counts.unpriced) unpriced.inc({ model }, count)
    for (const [subject, count] of invalidMessages) invalid.inc({ subject }, count)
    for (const { request, status, count } of counts.requests.values()) requests.inc({ request, status: String(status) }, count)
    if (!operation) return
    for (const [state, count] of Object.entries(operation.cycles)) cycles.set({ state }, count)
    if (operation.lastCycle) lastCycle.set(operation.lastCycle.startedAt / 1_000)
    for (const [name, ms] of Object.entries(operation.lastCycle?.phases ?? {}))
      phases.set({ phase: name.replace(/Ms$/, '') }, ms / 1_000)
    trials.set({ place: 'cycle' }, operation.runningTrials.inCycles)
    trials.set({ place: 'outside' }, operation.runningTrials.outsideCycles)
    for (const [verdict, count] of Object.entries(operation.results)) results.set({ verdict }, count)
    for (const [severity, count] of Object.entries(operation.openAlerts)) alerts.set({ severity }, count)
    approvals.set(operation.openApprovals)
    agents.set(operation.agents)
    instances.set(operation.liveInstances)
    for (const { name, taken, refused } of operation.externalDatabases) {
      foreign.inc({ database: name, outcome: 'taken' }, taken)
      foreign.inc({ database: name, outcome: 'refused' }, refused)
    }
    if (operation.workers !== undefined) workers.set(operation.workers)
  }
  return { registry, update }
}
