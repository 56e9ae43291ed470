import type { MetricCatalogue } from '../model/metric.ts'
import { toCleanText } from '../model/text.ts'
import { raiseAlert, resolveAlert } from '../store/alerts.ts'
import type { Database } from '../store/database.ts'

/**
 * Raises and resolves the alert that the configuration declares metrics differently than agents do, which is possible after a change of the configuration: an
 * agent that contradicts it is refused.
 */
export async function alertOnMetrics(db: Database, catalogue: MetricCatalogue): Promise<void> {
  const alert = { cause: 'contradictory-metric', component: 'metrics' } as const
  const problems = [...catalogue.values()].flatMap(({ contradiction }) => contradiction ?? [])
  if (problems.length === 0) return await resolveAlert(db, alert)
  const message = `No changes are tried for metrics with conflicting declarations, and values of these metrics may be refused: ${problems.join('; ')}. Make the declarations match.`
  await raiseAlert(db, { ...alert, severity: 'high', message: toCleanText(message) })
}
