import { readPrometheusHeaders } from '../config/prometheus-headers.ts'
import type { Activities, CollectResult } from '../contract/activities.ts'
import { sourceEffects } from '../model/built-in-metrics.ts'
import { isRatioMetric } from '../model/metric.ts'
import { toCleanText } from '../model/text.ts'
import { collectSnapshot, type UnavailableSource } from '../sources/collect.ts'
import type { FailedQuery } from '../sources/prometheus.ts'
import { deleteActivityAnswers, findActivityAnswer, writeOutcomeOnce } from '../store/activity-answers.ts'
import { recordAgentMetrics } from '../store/agent-metrics.ts'
import { requireAgent } from '../store/agents.ts'
import { replaceAlerts, updateSkippedAgentAlerts } from '../store/alerts.ts'
import { recordCycleStart, updateCyclePhases } from '../store/cycles.ts'
import { ensurePartitions } from '../store/partitions.ts'
import { deleteReportBatches } from '../store/reports.ts'
import { insertSnapshot } from '../store/snapshots.ts'
import type { Dependencies } from './dependencies.ts'

/** Days for which partitions of the executions are created ahead. */
const partitionDaysAhead = 3

/** Batches and attempts are repeated within this time. */
const repeatedWithinMs = 86_400_000

/**
 * Reads all five sources into one snapshot of the fleet (B2, B3, C7). A repeated attempt leaves the same rows and returns the same answer.
 * @throws OptimizerError `unknown-agent`.
 */
export function createCollectActivity({ db, config }: Dependencies): Activities['collect'] {
  return async ({ cycleId, runId, target, dryRun }) => {
    const snapshotId = `${cycleId}/${runId}`
    const key = `collect ${snapshotId}`
    const answered = await findActivityAnswer<CollectResult>(db, key)
    if (answered) return answered
    await ensurePartitions(db, new Date(), partitionDaysAhead)
    const forgotten = new Date(Date.now() - repeatedWithinMs)
    await deleteReportBatches(db, forgotten)
    await deleteActivityAnswers(db, forgotten)
    await recordCycleStart(db, { id: cycleId, runId, target: target ?? null, dryRun })
    if (target) await requireAgent(db, target)
    const from = performance.now()
    const { url } = config.prometheus
    const metrics = config.metrics.filter(({ query }) => query !== undefined)
    const readHeaders = () => readPrometheusHeaders(config.prometheus)
    const prometheus = url !== undefined && metrics.length > 0 ? { url, metrics, readHeaders } : undefined
    const request = { db, now: Date.now(), goal: config.goal, prometheus, ratios: config.metrics.filter(isRatioMetric) }
    const { unusable, unavailable, failedQueries, ...collected } = await collectSnapshot(request)
    const snapshot = { id: snapshotId, ...collected }
    const collectMs = Math.round(performance.now() - from)
    const gaps = snapshot.agents.flatMap((agent) =>
      agent.sources.filter((source) => source.state === 'missing').map((source) => `${agent.agentId}: ${source.source}`),
    )
    return await writeOutcomeOnce(db, key, async (trx) => {
      await insertSnapshot(trx, snapshot, cycleId)
      await recordAgentMetrics(trx, snapshot)
      await updateCyclePhases(trx, cycleId, { collectMs })
      await updateSkippedAgentAlerts(trx, 'collection', unusable)
      await replaceAlerts(trx, 'unread-source', unavailable.map(explainGap))
      await replaceAlerts(trx, 'failed-query', failedQueries.map(toAlert))
      return { snapshotId, agents: snapshot.agents.length, gaps: firstGaps(gaps), collectMs }
    })
  }
}

const explainGap = ({ source, reason }: UnavailableSource) => ({
  component: `source ${source}`,
  severity: 'high' as const,
  message: toCleanText(
    `The source ${source} returned nothing in the latest cycle (${reason}), so its values are missing from every profile: ${sourceEffects[source].missing}`,
  ),
})

const toAlert = ({ metric, reason, isPartial }: FailedQuery) => ({
  component: `query of ${metric}`,
  severity: 'medium' as const,
  message: toCleanText(
    isPartial
      ? `The optimizer cannot use some Prometheus results for ${metric}; correct the query: ${reason}`
      : `Prometheus returns no value for ${metric}; check the query and prometheus.url: ${reason}`,
  ),
})

/** Gaps that fit into a workflow's history; `GET /api/agents` has them all. */
const maxGaps = 10

const firstGaps = (gaps: readonly string[]) =>
  gaps.length > maxGaps ? [...gaps.slice(0, maxGaps), `${gaps.length - maxGaps} more; GET /api/agents lists them`] : [...gaps]
