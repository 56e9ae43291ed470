import type { FleetFacts } from '../analysis/eligibility/index.ts'
import { findSilentMetrics, formatReportingAdvice, selectOverdueMetrics } from '../analysis/observing/silent-metrics.ts'
import { getSilentMetricName } from '../model/alert.ts'
import type { Snapshot } from '../model/profile.ts'
import { loadMetricHistory } from '../store/agent-metrics.ts'
import { replaceAlerts } from '../store/alerts.ts'
import type { Database } from '../store/database.ts'

/** Raises an alert for each metric of an objective that is not reported, and resolves those of metrics that are. */
export async function alertOnSilentMetrics(
  db: Database,
  snapshot: Snapshot,
  { objectives, catalogue }: Pick<FleetFacts, 'objectives' | 'catalogue'>,
): Promise<void> {
  const silent = findSilentMetrics(snapshot, objectives, catalogue)
  const names = [...new Set(silent.map(({ metric }) => metric)), 'responseTime' as const]
  const history =
    silent.length === 0 ? {} : await loadMetricHistory(db, names, [...new Set(silent.map(({ agentId }) => agentId))])
  await replaceAlerts(db, 'silent-metric', selectOverdueMetrics(silent, history, snapshot.takenAt).map(toAlert))
}

const toAlert = ({ agentId, metric, label, named, wasReported }: ReturnType<typeof selectOverdueMetrics>[number]) => ({
  component: getSilentMetricName(label, agentId),
  severity: 'high' as const,
  message: `No instance of ${agentId} reports ${named}${wasReported ? ' any more' : ''}. Its objective uses this metric, so no change to ${agentId} is tried or kept until an instance reports it.${formatReportingAdvice(metric)}`,
})
