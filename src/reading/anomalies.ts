import { z } from 'zod'
import { findAlertMetric } from '../model/alert-threshold.ts'
import { type Anomaly, anomalySchema } from '../model/anomaly.ts'
import { explainAnomaly } from '../model/anomaly-text.ts'
import { type Countermeasures, countermeasuresSchema } from '../model/countermeasures.ts'
import { getMetric, type MetricCatalogue } from '../model/metric.ts'
import {
  type AnomalyFilter,
  countAnomalies,
  listAnomalies,
  listAnomaliesInPeriod,
  type RecordedAnomaly,
} from '../store/anomalies.ts'
import { loadCatalogue } from '../store/metrics.ts'
import type { Period } from '../store/period.ts'
import type { StoredContext } from './context.ts'
import { convertAnomalyToDegradation, readCountermeasures } from './countermeasures.ts'
import { type ListRange, type Page, readPage } from './list-extent.ts'

export const anomalyViewSchema = anomalySchema.extend({
  id: z.int(),
  since: z.date(),
  detectedAt: z.date(),
  endedAt: z.date().nullable(),
  explanation: z.string().describe('What changed, when the change began and why, in words'),
  done: countermeasuresSchema.nullable().describe('What was done about the anomaly; null if it is a change for the better'),
  dismissedAt: z.date().nullable(),
  dismissedBy: z.string().nullable(),
  dismissal: z.string().nullable().describe('The reason given for dismissing it'),
})
export type AnomalyView = z.infer<typeof anomalyViewSchema>

const usualAnomalies = 100

/** The anomalies that match, newest first. @param query by default, the open ones */
export async function readAnomalies(
  context: StoredContext,
  { limit = usualAnomalies, after, isOpen = true, ...filter }: AnomalyFilter & ListRange = {},
): Promise<Page<AnomalyView>> {
  const { db, config } = context
  const wanted = { ...filter, isOpen }
  const [catalogue, { items, total }] = await Promise.all([
    loadCatalogue(db, config.metrics),
    readPage(listAnomalies(db, { ...wanted, limit, after }), countAnomalies(db, wanted)),
  ])
  const descriptions = await describeAnomalies(
    context,
    items.map(({ content, endedAt }) => ({ ...content, endedAt: endedAt?.getTime() ?? null })),
    catalogue,
  )
  return { items: items.map((row, index) => ({ ...toView(row), ...descriptions[index]! })), total }
}

const toView = ({ id, since, endedAt, content, dismissedAt, dismissedBy, dismissal }: RecordedAnomaly) => ({
  ...anomalySchema.strip().parse(content),
  id,
  since,
  detectedAt: new Date(content.detectedAt),
  endedAt,
  dismissedAt,
  dismissedBy,
  dismissal,
})

/** A description of each anomaly, and of what was done about those for the worse. */
export async function describeAnomalies(
  context: Pick<StoredContext, 'db'>,
  anomalies: readonly Anomaly[],
  catalogue: MetricCatalogue,
): Promise<{ explanation: string; done: Countermeasures | null }[]> {
  const worse = anomalies.filter(({ isWorse }) => isWorse)
  const done = await readCountermeasures(context, worse.map(convertAnomalyToDegradation), catalogue)
  const against = new Map(worse.map((anomaly, index) => [anomaly, done[index]!]))
  return anomalies.map((anomaly) => ({
    explanation: explainAnomaly(anomaly, describeMetric(anomaly, catalogue)),
    done: against.get(anomaly) ?? null,
  }))
}

const describeMetric = ({ metric }: Anomaly, catalogue: MetricCatalogue) =>
  findAlertMetric(metric, catalogue) ?? getMetric(catalogue, metric)

/** The anomalies for the worse in a period, in words, with what was done, newest first. @param component only of this one */
export async function readAnomaliesInPeriod(
  context: StoredContext,
  period: Period,
  filter: { component?: string | undefined; limit: number },
  catalogue: MetricCatalogue,
) {
  const { items, total } = await listAnomaliesInPeriod(context.db, period, filter)
  const descriptions = await describeAnomalies(context, items, catalogue)
  return {
    total,
    items: items.map((anomaly, index) => ({
      component: anomaly.component,
      metric: anomaly.metric,
      severity: anomaly.severity,
      since: new Date(anomaly.since),
      endedAt: anomaly.endedAt === null ? null : new Date(anomaly.endedAt),
      explanation: descriptions[index]!.explanation,
      done: descriptions[index]!.done!,
    })),
  }
}
