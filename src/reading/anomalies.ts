import { z } from 'zod'
import { findAlertMetric } from '../model/alert-threshold.ts'
import { type Anomaly, anomalySchema } from '../model/anomaly.ts'
import { explainAnomaly } from '../model/anomaly-text.ts'
import { getMetric, type MetricCatalogue } from '../model/metric.ts'
import { listAnomalies, listAnomaliesOfPeriod, listOpenAnomalies, type RecordedAnomaly } from '../store/anomalies.ts'
import { loadCatalogue } from '../store/metrics.ts'
import type { Period } from '../store/period.ts'
import type { StoredContext } from './context.ts'
import { fromAnomaly, readCountermeasures } from './countermeasures.ts'
import type { Page } from './listed.ts'

export const anomalyViewSchema = anomalySchema.extend({
  id: z.int(),
  since: z.date(),
  detectedAt: z.date(),
  endedAt: z.date().nullable(),
  explanation: z.string().describe('What, since when and why, in words'),
  dismissedAt: z.date().nullable(),
  dismissedBy: z.string().nullable(),
  dismissal: z.string().nullable().describe('The reason given for dismissing it'),
})
export type AnomalyView = z.infer<typeof anomalyViewSchema>

const usualAnomalies = 100

/** Anomalies, newest first: ongoing ones, or all. */
export async function readAnomalies(
  { db, config }: StoredContext,
  limit = usualAnomalies,
  includesEnded = false,
): Promise<Page<AnomalyView>> {
  const catalogue = await loadCatalogue(db, config.metrics)
  const toPage = ({ items, total }: { items: RecordedAnomaly[]; total: number }) => ({
    items: items.map((row) => toView(row, catalogue)),
    total,
  })
  if (includesEnded) return toPage(await listAnomalies(db, limit))
  const open = await listOpenAnomalies(db)
  return toPage({ items: open.slice(0, limit), total: open.length })
}

function toView(
  { id, since, endedAt, content, dismissedAt, dismissedBy, dismissal }: RecordedAnomaly,
  catalogue: MetricCatalogue,
) {
  const metric = describeMetric(content, catalogue)
  return {
    ...anomalySchema.strip().parse(content),
    id,
    since,
    detectedAt: new Date(content.detectedAt),
    endedAt,
    explanation: explainAnomaly(content, metric),
    dismissedAt,
    dismissedBy,
    dismissal,
  }
}

/** The anomalies for the worse in a period, in words, with what was done, newest first. @param component only of this one */
export async function readAnomaliesOfPeriod(
  context: StoredContext,
  period: Period,
  filter: { component?: string | undefined; limit: number },
  catalogue: MetricCatalogue,
) {
  const { items, total } = await listAnomaliesOfPeriod(context.db, period, filter)
  const done = await readCountermeasures(context, items.map(fromAnomaly), catalogue)
  return {
    total,
    items: items.map((anomaly, index) => ({
      component: anomaly.component,
      metric: anomaly.metric,
      severity: anomaly.severity,
      since: new Date(anomaly.since),
      endedAt: anomaly.endedAt === null ? null : new Date(anomaly.endedAt),
      explanation: explainAnomaly(anomaly, describeMetric(anomaly, catalogue)),
      done: done[index]!,
    })),
  }
}

const describeMetric = ({ metric }: Anomaly, catalogue: MetricCatalogue) =>
  findAlertMetric(metric, catalogue) ?? getMetric(catalogue, metric)
