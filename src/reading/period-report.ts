import { buildProfileReport } from '../analysis/profiling/report.ts'
import { summarizePredictions } from '../analysis/reporting/insights/index.ts'
import { listGains } from '../analysis/reporting/results/index.ts'
import type { Severity } from '../model/bottleneck.ts'
import { OptimizerError } from '../model/errors.ts'
import type { MetricCatalogue } from '../model/metric.ts'
import { type OptimizationResult, type RecordedResultDigest, toRecordedResultDigest } from '../model/result.ts'
import { requireAgent } from '../store/agents.ts'
import { findCycle, listLatestCycles } from '../store/cycles.ts'
import { loadCatalogue } from '../store/metrics.ts'
import { listNewestProfilesByTarget, type StoredPerformanceProfile } from '../store/performance-profiles.ts'
import {
  type BottleneckScope,
  countBottlenecksByTime,
  countCyclesByState,
  listRecurringBottlenecks,
  type Period,
} from '../store/period.ts'
import { listCycleResults, listResultDigests, listResults } from '../store/results.ts'
import { readAnomaliesInPeriod } from './anomalies.ts'
import { readJudgedSeries } from './anomaly-coverage.ts'
import { readRecommendations } from './capacity.ts'
import type { StoredContext } from './context.ts'
import { convertBottleneckToDegradation, readCountermeasures } from './countermeasures.ts'
import { maxHotspots, type PeriodReport } from './period-report-schema.ts'
import { readReportForResults } from './results.ts'

/** More would make the report of a long time unreadable; the sums are of all. */
const maxResults = 200
/** Points of a plot. */
const maxPoints = 1_000
const maxBottlenecks = 50
const maxAnomalies = 50
const maxGains = 100
const maxProfiles = 20
/** Maximum number of steps in a plot of a period. */
const maxSteps = 60

/** The report of a period. @param agentId only of this agent @throws OptimizerError `unknown-agent` */
export async function readPeriodReport(context: StoredContext, period: Period, agentId?: string): Promise<PeriodReport> {
  const { db } = context
  if (agentId !== undefined) await requireAgent(db, agentId)
  const filter = { agentId, since: period.from, until: period.to }
  const [digests, results] = await Promise.all([listResultDigests(db, filter), listResults(db, { ...filter, limit: maxResults })])
  return await build(context, period, { cycleId: null, scope: { ...period, agentId }, digests, results })
}

/**
 * The report of a cycle.
 * @param id by default the latest
 * @param agentId only of this agent
 * @throws OptimizerError `unknown-cycle`, `unknown-agent`
 */
export async function readCycleReport(context: StoredContext, id?: string, agentId?: string): Promise<PeriodReport> {
  const { db } = context
  if (agentId !== undefined) await requireAgent(db, agentId)
  const cycle = id === undefined ? (await listLatestCycles(db, 1))[0] : await findCycle(db, id)
  if (!cycle)
    throw new OptimizerError(
      'unknown-cycle',
      id === undefined
        ? 'No cycle has run yet; npx optimizer cycle starts one.'
        : `There is no cycle ${id}; /api/cycles lists the latest.`,
    )
  const period = { from: cycle.startedAt, to: cycle.endedAt ?? new Date() }
  const results = (await listCycleResults(db, cycle.id)).filter(
    ({ strategy }) => agentId === undefined || strategy.agentId === agentId,
  )
  const report = await build(context, period, {
    cycleId: cycle.id,
    scope: { cycleId: cycle.id, agentId },
    digests: results.map(toRecordedResultDigest),
    results,
  })
  return { ...report, cycles: { [cycle.state]: 1 } }
}

async function build(
  context: StoredContext,
  period: Period,
  {
    cycleId,
    scope,
    digests,
    results,
  }: Pick<PeriodReport, 'cycleId'> & {
    scope: BottleneckScope
    digests: RecordedResultDigest[]
    /** At least those that are listed, newest first. */
    results: OptimizationResult[]
  },
): Promise<PeriodReport> {
  const { db } = context
  const stepMs = chooseStep(period)
  const catalogue = await loadCatalogue(db, context.config.metrics)
  const { agentId = null } = scope
  const [
    { results: standing, impact, improvements, declared, undone, savings },
    cycles,
    counts,
    recurring,
    recommendations,
    anomalies,
    judgedSeries,
    profiles,
  ] = await Promise.all([
    readReportForResults(context, digests, results.slice(0, maxResults)),
    countCyclesByState(db, period),
    countBottlenecksByTime(db, scope, stepMs),
    readRecurringBottlenecks(context, scope, catalogue),
    readRecommendations(context),
    readAnomaliesInPeriod(context, period, { component: scope.agentId, limit: maxAnomalies }, catalogue),
    readJudgedSeries(context, period, scope.agentId),
    listNewestProfilesByTarget(db, period, scope.agentId),
  ])
  const gains = listGains(improvements, declared)
  const isKept = ({ success, keptBy }: RecordedResultDigest) => success || keptBy !== undefined
  const count = (verdict: string) => digests.filter((digest) => !isKept(digest) && digest.verdict === verdict).length
  const points = digests.toSorted((a, b) => (a.timestamp < b.timestamp ? 1 : -1)).flatMap(toCalibrationPoint)
  return {
    ...period,
    cycleId,
    agentId,
    cycles,
    impact,
    trials: {
      ended: digests.length,
      kept: digests.filter(isKept).length,
      rolledBack: count('roll-back'),
      undecided: count('undecided'),
      totalMs: digests.reduce((sum, { executionTime }) => sum + executionTime, 0),
    },
    gains: gains.slice(0, maxGains),
    savings,
    undone: undone.slice(0, maxResults).map(({ trialId, agentId, standing }) => ({ trialId, agentId, standing })),
    bottlenecks: { total: counts.reduce((sum, each) => sum + each.count, 0), stepMs, byTime: groupByTime(counts), recurring },
    anomalies: anomalies.items,
    judgedSeries,
    profiles: profiles.slice(0, maxProfiles).map(toProfileSummary),
    recommendations: recommendations.filter(({ subject }) => agentId === null || subject === agentId),
    calibration: { summary: summarizePredictions(digests), trials: points.slice(0, maxPoints) },
    results: standing,
    listed: {
      results: { shown: standing.length, total: digests.length },
      undone: { shown: Math.min(undone.length, maxResults), total: undone.length },
      calibration: { shown: Math.min(points.length, maxPoints), total: points.length },
      gains: { shown: Math.min(gains.length, maxGains), total: gains.length },
      anomalies: { shown: anomalies.items.length, total: anomalies.total },
      profiles: { shown: Math.min(profiles.length, maxProfiles), total: profiles.length },
    },
    declared,
  }
}

async function readRecurringBottlenecks(context: StoredContext, scope: BottleneckScope, catalogue: MetricCatalogue) {
  const found = await listRecurringBottlenecks(context.db, scope, maxBottlenecks)
  const done = await readCountermeasures(context, found.map(convertBottleneckToDegradation), catalogue)
  return found.map((bottleneck, index) => ({ ...bottleneck, done: done[index]! }))
}

const minuteMs = 60_000
const dayMs = 86_400_000
const steps = [minuteMs, 5 * minuteMs, 15 * minuteMs, 60 * minuteMs, 6 * 60 * minuteMs, dayMs, 7 * dayMs, 30 * dayMs]

const chooseStep = ({ from, to }: Period) => steps.find((ms) => (to.getTime() - from.getTime()) / ms <= maxSteps) ?? steps.at(-1)!

function groupByTime(counts: Awaited<ReturnType<typeof countBottlenecksByTime>>): PeriodReport['bottlenecks']['byTime'] {
  return [...Map.groupBy(counts, ({ at }) => at.getTime())].map(([at, ofStep]) => {
    const count = (severity: Severity) => ofStep.find((each) => each.severity === severity)?.count ?? 0
    return { at: new Date(at), critical: count('critical'), high: count('high'), medium: count('medium'), low: count('low') }
  })
}

function toProfileSummary(profile: StoredPerformanceProfile): PeriodReport['profiles'][number] {
  const { id, target, instanceId, kind, takenAt, trigger, summary, hotspots } = buildProfileReport(profile)
  return { id, target, instanceId, kind, takenAt, trigger, summary, hotspots: hotspots.slice(0, maxHotspots) }
}

function toCalibrationPoint({ trialId, type, promised, actualImprovement, judged }: RecordedResultDigest) {
  if (!judged || !promised || actualImprovement === null) return []
  const { improvement, interval } = promised
  return [{ trialId, type, predicted: improvement, interval, measured: actualImprovement }]
}
