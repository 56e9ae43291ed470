import { toleratedSkewMs } from '../model/liveness.ts'
import { longestMs } from '../model/quantity.ts'
import { type SelfReportField, selfReportRange, type TelemetrySettings } from '../model/telemetry.ts'
import { Attributes } from './attributes.ts'
import { findAgent, readResource, toSource } from './identity.ts'
import type { ExportMetricsServiceRequest } from './proto/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.ts'
import { AggregationTemporality, type Metric, type NumberDataPoint } from './proto/opentelemetry/proto/metrics/v1/metrics_pb.ts'
import { toMs } from './spans.ts'
import { Telemetry } from './telemetry.ts'

/**
 * The figures in a request of metrics that the configuration names. Other metrics only show that their sender is alive: histograms of
 * durations and tokens tell less than the spans they were made from.
 * @param now milliseconds since the epoch
 */
export function translateMetrics(request: ExportMetricsServiceRequest, settings: TelemetrySettings, now: number): Telemetry {
  const telemetry = new Telemetry()
  for (const { resource: sender, scopeMetrics } of request.resourceMetrics) {
    const resource = readResource(new Attributes(sender?.attributes ?? []), settings)
    telemetry.addSender(resource)
    for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) {
      const field = Object.hasOwn(settings.metrics, metric.name) ? settings.metrics[metric.name] : undefined
      if (!field) continue
      for (const point of listPoints(metric)) {
        telemetry.read++
        const agent = findAgent(new Attributes(point.attributes), resource, settings)
        const problem = findPointProblem(metric, point, field, now) ?? (agent ? undefined : 'names no agent')
        if (problem) telemetry.refusals.add(problem)
        else
          telemetry.reports.push({
            ...toSource(agent!, resource),
            at: toMs(point.timeUnixNano),
            values: { [field]: readNumber(point) },
          })
      }
    }
  }
  return telemetry
}

/** The points of a gauge or a sum; a metric of another type has none that is a single number. */
function listPoints({ data }: Metric): NumberDataPoint[] {
  return data.case === 'gauge' || data.case === 'sum' ? data.value.dataPoints : []
}

const readNumber = ({ value }: NumberDataPoint): number => Number(value.value ?? Number.NaN)

function findPointProblem({ data }: Metric, point: NumberDataPoint, field: SelfReportField, now: number): string | undefined {
  if (data.case === 'sum' && data.value.aggregationTemporality !== AggregationTemporality.DELTA)
    return 'is a sum since the start; export it with delta temporality'
  const at = toMs(point.timeUnixNano)
  if (at > now + toleratedSkewMs) return 'is from the future; set the clock of its machine'
  if (at < now - longestMs) return 'is more than a week old'
  const { most, isWhole } = selfReportRange[field]
  const value = readNumber(point)
  if (value >= 0 && value <= most && (!isWhole || Number.isInteger(value))) return undefined
  return `is no possible value of ${field}`
}
