import { hash } from 'node:crypto'
import { toleratedSkewMs } from '../model/liveness.ts'
import type { ConfiguredMetric, StatisticName } from '../model/metric.ts'
import { validateMetricValue } from '../model/metric-value.ts'
import { maxDurationMs } from '../model/quantity.ts'
import { type SelfReportField, selfReportFields, type TelemetrySettings } from '../model/telemetry.ts'
import { Attributes } from './attributes.ts'
import { CumulativeSums } from './cumulative-sums.ts'
import {
  explainMissingAgent,
  getInstanceKey,
  identifyAgent,
  type RefusalFinder,
  readResource,
  type SpanResource,
  toTelemetryInstance,
} from './identity.ts'
import { type DataPoint, hasValue, type PointContent, readPoints, summarizePoints, type Temporality } from './points.ts'
import type { ExportMetricsServiceRequest } from './proto/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.ts'
import type { Metric } from './proto/opentelemetry/proto/metrics/v1/metrics_pb.ts'
import { Telemetry, type TelemetryReport } from './telemetry.ts'
import { findConversionFactor } from './units.ts'

export interface MetricSettings extends TelemetrySettings {
  /** Metrics that the configuration declares. */
  declared?: readonly ConfiguredMetric[]
  /** The sums since a start that were read so far. */
  sums?: CumulativeSums
}

/** Where a figure of a metric goes. */
interface Use {
  name: string
  statistic: StatisticName
  /** The unit of a value; empty if it is unknown or there is none. */
  unit: string
  /** The figure in a self-report; undefined for a declared metric. */
  field?: SelfReportField
  findProblem(value: number): string | undefined
}

/** A use, and by what a value has to be multiplied for its unit. */
type ScaledUse = Use & { factor: number }

/**
 * The figures in a request of metrics that the configuration names, one report for each instance. Other metrics only show that their sender is
 * alive; they are counted by name.
 * @param now milliseconds since the epoch
 * @param findRefusal whose figures are refused
 */
export function translateMetrics(
  request: ExportMetricsServiceRequest,
  settings: MetricSettings,
  now: number,
  findRefusal: RefusalFinder,
): Telemetry {
  const telemetry = new Telemetry()
  const reader = new MetricReader(telemetry, settings, now, findRefusal)
  for (const { resource: sender, scopeMetrics } of request.resourceMetrics) {
    const resource = readResource(new Attributes(sender?.attributes ?? []), settings)
    telemetry.addSender(resource, findRefusal)
    for (const metric of scopeMetrics.flatMap(({ metrics }) => metrics)) reader.read(metric, resource)
  }
  telemetry.reports.push(...reader.listReports())
  for (const { at, values, ...source } of telemetry.reports) telemetry.performers.set(getInstanceKey(source), source)
  return telemetry
}

class MetricReader {
  readonly #telemetry: Telemetry
  readonly #settings: MetricSettings
  readonly #now: number
  readonly #findRefusal: RefusalFinder
  /** By instance. */
  readonly #reports = new Map<string, TelemetryReport>()

  constructor(telemetry: Telemetry, settings: MetricSettings, now: number, findRefusal: RefusalFinder) {
    this.#telemetry = telemetry
    this.#settings = settings
    this.#now = now
    this.#findRefusal = findRefusal
  }

  read(metric: Metric, resource: SpanResource): void {
    const uses = listUses(metric, this.#settings)
    if (uses.length === 0) {
      this.#telemetry.addIgnoredPoints(metric.name, metric.data.value?.dataPoints.length ?? 0)
      return
    }
    const reading = readPoints(metric)
    this.#telemetry.read += reading.points.length
    const scaled = uses.flatMap((use) => scaleUse(use, metric) ?? [])
    const problem = 'problem' in reading ? reading.problem : describeOtherUnit(uses, scaled, metric)
    const refused = new RefusedPoints(metric, this.#telemetry.refusals)
    if (problem) refused.add(reading.points, problem)
    if ('problem' in reading || scaled.length === 0) return
    const read = new Map<TelemetryReport, ReadPoint[]>()
    for (const point of reading.points) {
      const found = this.#use(point, metric, resource, { meaning: reading.meaning, refused })
      if (found) read.set(found.report, [...(read.get(found.report) ?? []), { point, content: found.content }])
    }
    const isAdded = metric.data.case === 'sum'
    for (const [report, points] of read) for (const use of scaled) record(report, use, { points, isAdded, refused })
  }

  /** Reports with a figure. */
  listReports(): TelemetryReport[] {
    return [...this.#reports.values()].filter(({ values }) => Object.keys(values).length > 0)
  }

  /** The content of a point, and the report that it belongs to; undefined if it is refused, or is the first of a sum. */
  #use(
    point: DataPoint,
    { name }: Metric,
    resource: SpanResource,
    { meaning, refused }: { meaning: Temporality; refused: RefusedPoints },
  ): { report: TelemetryReport; content: PointContent } | undefined {
    const attributes = new Attributes(point.attributes)
    const agent = identifyAgent(attributes, resource, this.#settings)
    const source = agent && toTelemetryInstance(agent, resource)
    const problem =
      findTimeProblem(point, this.#now) ?? (source ? this.#findRefusal(source) : explainMissingAgent(attributes, resource))
    if (problem || !source) {
      refused.add([point], problem!)
      return undefined
    }
    const key = getInstanceKey(source)
    const { sums = new CumulativeSums() } = this.#settings
    const content =
      meaning === 'running-sum' ? sums.increase(nameSeries(key, name, point), point, this.#telemetry.sums) : point.content
    if (!content) return undefined
    const report = this.#reports.get(key) ?? { ...source, at: point.at, values: {} }
    report.at = Math.max(report.at, point.at)
    this.#reports.set(key, report)
    return { report, content }
  }
}

/** A data point of a series, and what it says: of a running sum, the increase. */
interface ReadPoint {
  point: DataPoint
  content: PointContent
}

/** The points of a metric that are refused, each once, however many figures it was for. */
class RefusedPoints {
  readonly #points = new Set<unknown>()
  readonly #metric: Metric
  readonly #refusals: Telemetry['refusals']

  constructor(metric: Metric, refusals: Telemetry['refusals']) {
    this.#metric = metric
    this.#refusals = refusals
  }

  add(points: readonly unknown[], reason: string): void {
    for (const point of points) {
      if (!this.#points.has(point)) this.#refusals.add(`${this.#metric.name} ${reason}`)
      this.#points.add(point)
    }
  }
}

/** Writes a figure into a report, unless nothing was measured. */
function record(
  { values }: TelemetryReport,
  use: ScaledUse,
  { points, isAdded, refused }: { points: readonly ReadPoint[]; isAdded: boolean; refused: RefusedPoints },
): void {
  const usable = points.filter(({ point, content }) => {
    // An impossible value of a gauge must not be averaged with others.
    const problem = !isAdded && 'value' in content ? use.findProblem(content.value * use.factor) : undefined
    if (problem) refused.add([point], problem)
    return problem === undefined && hasValue(content, use.statistic)
  })
  if (usable.length === 0) return
  const summary = summarizePoints(
    usable.map(({ content }) => content),
    use.statistic,
    isAdded,
  )
  const value = summary && summary * use.factor
  const problem = value === undefined ? `has no ${use.statistic}` : use.findProblem(value)
  if (problem)
    refused.add(
      usable.map(({ point }) => point),
      problem,
    )
  else if (use.field) values[use.field] = value!
  else values.metrics = { ...values.metrics, [use.name]: value! }
}

/** Names a series of an instance: its metric with the attributes of the point, however long these are. */
const nameSeries = (instance: string, metric: string, { attributes }: DataPoint) =>
  hash('md5', JSON.stringify([instance, metric, ...attributes.map(({ key, value }) => [key, String(value?.value.value)])]))

function listUses({ name }: Metric, { metrics, declared = [] }: MetricSettings): Use[] {
  const field = Object.hasOwn(metrics, name) ? metrics[name] : undefined
  const own: Use[] = field
    ? [
        {
          name: field,
          field,
          statistic: 'mean',
          unit: selfReportFields[field].unit,
          findProblem: (value) => findFieldProblem(field, value),
        },
      ]
    : []
  const others = declared.flatMap((metric): Use[] =>
    metric.otlp?.name === name
      ? [
          {
            name: metric.name,
            statistic: metric.otlp.statistic,
            unit: metric.unit === '' && metric.kind === 'proportion' ? '1' : metric.unit,
            findProblem: (value) => describeImpossible(metric, value),
          },
        ]
      : [],
  )
  return [...own, ...others]
}

/** A use of a metric with its values converted to the unit wanted; undefined if they cannot be. How many there are has no unit. */
function scaleUse(use: Use, { unit, data }: Metric): ScaledUse | undefined {
  const isCount = use.statistic === 'count' && (data.case === 'histogram' || data.case === 'exponentialHistogram')
  const factor = isCount ? 1 : findConversionFactor(unit, use.unit)
  return factor === undefined ? undefined : { ...use, factor }
}

/** Why some of the uses cannot be served, as the end of a sentence about the metric. */
function describeOtherUnit(uses: readonly Use[], scaled: readonly Use[], { unit }: Metric): string | undefined {
  const other = uses.find(({ name }) => !scaled.some((use) => use.name === name))
  return other && `is in ${unit}, which cannot be converted to ${other.unit} of ${other.name}`
}

function describeImpossible(metric: ConfiguredMetric, value: number): string | undefined {
  const problem = validateMetricValue(metric, value)
  return problem && `has an invalid value: ${problem}`
}

function findFieldProblem(field: SelfReportField, value: number): string | undefined {
  const { most, isWhole } = selfReportFields[field]
  const isPossible = value >= 0 && value <= most && (!isWhole || Number.isInteger(value))
  return isPossible ? undefined : `has an invalid value for ${field}`
}

function findTimeProblem({ at }: DataPoint, now: number): string | undefined {
  if (at > now + toleratedSkewMs) return 'is in the future; set the clock on its machine'
  return at < now - maxDurationMs ? 'is more than a week old' : undefined
}
