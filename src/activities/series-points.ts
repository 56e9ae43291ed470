import type { WatchedPoint } from '../analysis/watching/index.ts'
import { isReportable, type MetricCatalogue } from '../model/metric.ts'
import {
  loadExecutionsByStep,
  loadMessagesByStep,
  loadReadingsByStep,
  loadReportedMetricsByStep,
  loadScoresByStep,
  type StepExecutions,
  type StepMessages,
  type StepMetric,
  type StepReading,
  type StepScore,
} from '../store/anomaly-series.ts'
import type { Database } from '../store/database.ts'
import { type ContactPeriod, listContactPeriods } from '../store/instance-liveness.ts'

/** Of several steps: the values of all series in each, and who sent messages to whom. */
export interface StepPoints {
  pointsOf(step: number): WatchedPoint[]
  pairs: [from: string, to: string][]
}

/** Metrics of components that say nothing about how they are. */
const meaningless: ReadonlySet<string> = new Set(['uptimeSeconds', 'gapSeconds', 'cpuCores', 'memoryLimitMb'])

/**
 * The values of all series in some steps, in a few queries: for each agent, from its executions and messages; for each component,
 * from monitoring. Readings of instances count for their agent.
 * @param first number of the first step since the epoch @param end that of the step after the last
 */
export async function loadStepPoints(
  db: Database,
  { first, end, stepSeconds }: { first: number; end: number; stepSeconds: number },
  catalogue: MetricCatalogue,
): Promise<StepPoints> {
  const stepMs = 1_000 * stepSeconds
  const steps = { from: new Date(first * stepMs), to: new Date(end * stepMs), stepSeconds }
  const names = [...catalogue.values()].filter(isReportable).map(({ name }) => name)
  const [work, reported, scored, messages, readings, heard] = await Promise.all([
    loadExecutionsByStep(db, steps),
    loadReportedMetricsByStep(db, steps, names),
    loadScoresByStep(db, steps, names),
    loadMessagesByStep(db, steps),
    loadReadingsByStep(db, steps),
    listContactPeriods(db),
  ])
  const byStep = <Row extends { step: number }>(rows: readonly Row[]) => Map.groupBy(rows, ({ step }) => step)
  const [workOf, reportedOf, messagesOf, readingsOf] = [byStep(work), byStep(reported), byStep(messages), byStep(readings)]
  const scoredOf = byStep(scored)
  return {
    pointsOf(step) {
      const isHeard = ({ from, to }: ContactPeriod) => from <= step * stepMs && to >= (step + 1) * stepMs
      return listPoints({
        live: new Set(heard.filter(isHeard).map(({ agentId }) => agentId)),
        work: workOf.get(step) ?? [],
        reported: reportedOf.get(step) ?? [],
        scored: scoredOf.get(step) ?? [],
        messages: messagesOf.get(step) ?? [],
        readings: readingsOf.get(step) ?? [],
        perMinute: 60 / stepSeconds,
      })
    },
    pairs: [...new Map(messages.map(({ fromAgent, toAgent }) => [`${fromAgent} ${toAgent}`, [fromAgent, toAgent]])).values()] as [
      string,
      string,
    ][],
  }
}

/** The facts about a step. */
interface Step {
  live: ReadonlySet<string>
  work: readonly StepExecutions[]
  reported: readonly StepMetric[]
  scored: readonly StepScore[]
  messages: readonly StepMessages[]
  readings: readonly StepReading[]
  perMinute: number
}

/** A live agent without executions has a throughput of 0; all else that has no value in the step is left out. */
function listPoints({ live, work, reported, scored, messages, readings, perMinute }: Step): WatchedPoint[] {
  const points = new Map<string, WatchedPoint>()
  const add = (
    component: string,
    metric: string,
    value: number | null,
    origin: Pick<WatchedPoint, 'isOfWork' | 'lateMs'> = {},
  ) => {
    const key = `${metric} of ${component}`
    if (value === null || !Number.isFinite(value) || points.has(key)) return
    points.set(key, { component, metric, value, ...origin })
  }
  const ofWork = { isOfWork: true }
  for (const { agentId, executions, succeeded, responseTime } of work) {
    add(agentId, 'throughput', succeeded * perMinute, ofWork)
    add(agentId, 'successRate', succeeded / executions, ofWork)
    add(agentId, 'responseTime', responseTime, ofWork)
  }
  for (const agentId of live) add(agentId, 'throughput', 0)
  for (const { agentId, metric, mean } of reported) add(agentId, metric, mean, ofWork)
  for (const { agentId, metric, mean, lateMs } of scored) add(agentId, metric, mean, { lateMs })
  for (const [from, sent] of Map.groupBy(messages, ({ fromAgent }) => fromAgent)) {
    const all = sum(sent, (each) => each.sent)
    add(from, 'messageLatencyMs', meanLatency(sent))
    add(from, 'messageSuccessRate', sum(sent, (each) => each.delivered) / all)
  }
  for (const [to, received] of Map.groupBy(messages, ({ toAgent }) => toAgent)) add(to, 'inboundLatencyMs', meanLatency(received))
  for (const [component, measured] of Map.groupBy(readings, (each) => each.agentId ?? each.component))
    for (const metric of new Set(measured.flatMap(({ metrics }) => Object.keys(metrics)))) {
      if (meaningless.has(metric)) continue
      const values = measured.flatMap(({ metrics }) => metrics[metric] ?? [])
      add(component, metric, sum(values, (value) => value) / values.length)
    }
  return [...points.values()]
}

const sum = <Item>(items: readonly Item[], of: (item: Item) => number) => items.reduce((total, item) => total + of(item), 0)

function meanLatency(messages: readonly StepMessages[]): number | null {
  const known = messages.filter(({ latencyMs }) => latencyMs !== null)
  return known.length === 0 ? null : sum(known, ({ latencyMs, sent }) => latencyMs! * sent) / sum(known, ({ sent }) => sent)
}
