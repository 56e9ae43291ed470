import type { NatsConnection } from '@nats-io/transport-node'
import { parseRealtimeMetrics, type RealtimeReading } from '../../messaging/monitoring.ts'
import { SubjectServer } from '../../messaging/subject-server.ts'
import { realtimeMetricsSubject } from '../../messaging/subjects.ts'
import { findAlertMetric, toMetricName } from '../../model/alert-threshold.ts'
import type { EngineSettings } from '../../model/engine-settings.ts'
import { OptimizerError } from '../../model/errors.ts'
import { pluralize } from '../../model/format.ts'
import { builtInCatalogue, type MetricDeclaration } from '../../model/metric.ts'
import { recordReadings } from '../../store/components.ts'
import type { Database } from '../../store/database.ts'
import { getEngineSettings } from '../../store/engine-settings.ts'
import { loadCatalogue } from '../../store/metrics.ts'
import { FairQueue } from '../fair-queue.ts'
import type { InvalidMessageReporter } from '../invalid-message-reporter.ts'
import { toFailureResponse } from './failure-response.ts'

const dayMs = 86_400_000
/** Messages handled at once, and messages that wait: a flood of them must not starve the agents' requests of the database. */
const atOnce = 2
const maxWaiting = 200
/** Of one sender; a message may have a megabyte. */
const maxWaitingOfOne = 20
const tooMany = new OptimizerError(
  'too-many-readings',
  'Too many messages are waiting; send more readings per message, or fewer messages per second.',
)

/** Receives readings of components that other programs monitor (D8, D9), and answers requests with the number of new readings. */
export function serveRealtimeMetrics(
  context: { db: Database; engine: EngineSettings; metrics: readonly MetricDeclaration[] },
  nats: NatsConnection,
  invalid: InvalidMessageReporter,
  onUnavailable: (error: unknown) => void,
): SubjectServer {
  const record = async (readings: readonly RealtimeReading[]) => {
    const { db, engine, metrics: declared } = context
    const settings = await getEngineSettings(db, engine)
    const now = Date.now()
    const expiredBefore = now - settings.data_retention_days * dayMs
    const isWrittenOtherwise = readings.some(({ metrics }) => Object.keys(metrics).some((name) => toMetricName(name) !== name))
    const catalogue = isWrittenOtherwise ? await loadCatalogue(db, declared) : builtInCatalogue
    // A declared metric keeps its name, so that thresholds and rules find it.
    const nameOf = (name: string) => findAlertMetric(name, catalogue)?.name ?? toMetricName(name)
    const components = readings.map(({ component, at, status, metrics }) => ({
      component,
      status,
      kind: 'other' as const,
      // A reading from the future would remain the newest of its component.
      at: new Date(Math.min(at === undefined ? now : Date.parse(at), now)),
      others: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [nameOf(name), value])),
    }))
    return await recordReadings(db, components, settings.monitoring_interval_seconds * 1_000, now, expiredBefore)
  }
  const turns = new FairQueue(atOnce, maxWaiting, maxWaitingOfOne)
  const fail = (error: unknown) => {
    const failure = toFailureResponse(error)
    if (failure.status >= 500) onUnavailable(error)
    invalid.note(realtimeMetricsSubject, failure)
    return failure.body
  }
  const answer = async (text: string) => {
    try {
      const done = await turns.run(async () => {
        const parsed = await parseRealtimeMetrics(JSON.parse(text))
        return { parsed, taken: await record(parsed.readings) }
      }, findSender(text))
      if (done === undefined) throw tooMany
      const {
        parsed: { readings, indexes, rejected: unusable },
        taken,
      } = done
      const accepted = taken.recorded.length
      const refused = taken.refused.map(({ index, reason }) => ({ index: indexes[index]!, reason }))
      const rejected = [...unusable, ...refused].sort((a, b) => a.index - b.index)
      const [first] = rejected
      if (first) {
        const message = `Of ${pluralize(readings.length + unusable.length, 'reading')}, ${rejected.length} cannot be used; the first: readings.${first.index}: ${first.reason}`
        invalid.note(realtimeMetricsSubject, { body: { error: { code: 'invalid-request', message } } })
      }
      return JSON.stringify({ accepted, ...(first && { rejected }) })
    } catch (error) {
      return JSON.stringify(fail(error))
    }
  }
  return new SubjectServer(nats, realtimeMetricsSubject, answer, 'realtime-metrics')
}

/** NATS does not say who sends, but nobody else measures the first component. Found without parsing, which a flood would make too much of. */
const findSender = (text: string): string | undefined => /"component"\s*:\s*("(?:[^"\\]|\\.){0,200}")/.exec(text)?.[1]
