import { type Degraded, summarizeCountermeasures } from '../analysis/reporting/explaining/index.ts'
import { type Anomaly, findExternalCause } from '../model/anomaly.ts'
import { getBottleneckMetric } from '../model/bottleneck.ts'
import type { Countermeasures } from '../model/countermeasures.ts'
import type { MetricCatalogue } from '../model/metric.ts'
import { type Degradation, loadCountermeasures } from '../store/countermeasures.ts'
import type { RecurringBottleneck } from '../store/period.ts'
import type { StoredContext } from './context.ts'
import { loadStandingResults } from './results.ts'

/** An anomaly as a degradation. */
export const convertAnomalyToDegradation = (anomaly: Anomaly): Degradation => ({
  component: anomaly.component,
  metric: anomaly.metric,
  from: new Date(anomaly.since),
  to: anomaly.endedAt === null ? null : new Date(anomaly.endedAt),
  causedBy: findExternalCause(anomaly)?.component,
})

/** A bottleneck that cycles found several times as a degradation. */
export const convertBottleneckToDegradation = ({
  component,
  type,
  metric,
  firstAt,
  lastAt,
}: RecurringBottleneck): Degradation => ({
  component,
  metric: getBottleneckMetric({ type, metric: metric ?? undefined }),
  from: firstAt,
  // The database knows fractions of a millisecond.
  to: new Date(lastAt.getTime() + 1),
})

/** Strategies that are listed of each degradation. */
const maxListed = 3

/** The measures taken against each of these degradations, or why there were none. */
export async function readCountermeasures(
  context: Pick<StoredContext, 'db'>,
  degradations: readonly (Degradation & Pick<Degraded, 'exemptBecause'>)[],
  catalogue: MetricCatalogue,
): Promise<Countermeasures[]> {
  const known = await loadCountermeasures(context.db, degradations, maxListed)
  const results = known.flatMap(({ begun }) => begun.flatMap(({ result }) => result ?? []))
  const standing = new Map((await loadStandingResults(context, results)).map((result) => [result.strategy.id, result]))
  return known.map(({ begun, ...rest }, index) =>
    summarizeCountermeasures(
      degradations[index]!,
      {
        ...rest,
        begun: begun.map((one) => ({ ...one, result: (one.result && standing.get(one.strategy.id)) ?? null })),
      },
      catalogue,
    ),
  )
}
