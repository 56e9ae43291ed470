import type { FleetFacts } from '../analysis/eligibility/index.ts'
import { findSilentMetrics, type SilentMetric } from '../analysis/observing/silent-metrics.ts'
import { nameSilentMetric } from '../model/alert.ts'
import type { MetricHistory } from '../model/history.ts'
import type { Snapshot } from '../model/profile.ts'
import { replaceAlerts } from '../store/alerts.ts'
import type { Database } from '../store/database.ts'

/** Raises an alert for each metric of an objective that nobody reports, and resolves those of metrics that somebody does. */
export async function alertSilentMetrics(
  db: Database,
  snapshot: Snapshot,
  history: MetricHistory,
  { objectives, catalogue }: Pick<FleetFacts, 'objectives' | 'catalogue'>,
): Promise<void> {
  await replaceAlerts(db, 'silent-metric', findSilentMetrics(snapshot, objectives, history, catalogue).map(toAlert))
}

const toAlert = ({ agentId, label, named, wasReported }: SilentMetric) => ({
  component: nameSilentMetric(label, agentId),
  severity: 'high' as const,
  message: `Nobody reports ${named} of ${agentId}${wasReported ? ' any more' : ''}, which its objective names; no change of ${agentId} is tried or kept until somebody does.`,
})
