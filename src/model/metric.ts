/** The catalogue of metrics: what each one means, in which unit, and which way is better. */
import { z } from 'zod'
import { builtInDefinitions } from './built-in-metrics.ts'
import { isSafeName, reservedNameError } from './name.ts'
import { findNamedQuantile, type NamedQuantile } from './quantile.ts'
import { labelSchema, textSchema } from './text.ts'

/** The name of a metric, for example `costUsd`. */
export const metricNameSchema = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,79}$/, 'use at most 80 letters, digits, ., - and _, starting with a letter')
  .refine(isSafeName, reservedNameError)
export type MetricName = string

/** The name of a metric that an agent or a person may choose: any but those that the optimizer derives from others. */
export const choosableMetricNameSchema = metricNameSchema
  .refine((name) => !isComputed(name), {
    error: ({ input }) => `${input} is computed from the metrics that an objective weighs; name those under weigh instead`,
  })
  .refine((name) => !findNamedQuantile(name), {
    error: ({ input }) =>
      `${input} is a quantile of responseTime; where a quantile is allowed, use responseTime with quantile ${findNamedQuantile(String(input))?.quantile}`,
  })

const isComputed = (name: MetricName): boolean => findBuiltInMetric(name)?.source === 'objective'

/** Metrics of the whole fleet and of the host it runs on, which bottleneck rules may name. */
export const systemMetricNames = ['overallScore', 'cpuPercent', 'memoryPercent', 'heapPercent', 'storagePercent'] as const
export type SystemMetricName = (typeof systemMetricNames)[number]
export const isSystemMetric = (name: MetricName): name is SystemMetricName =>
  (systemMetricNames as readonly string[]).includes(name)

/**
 * `continuous`: a quantity of 0 or more whose changes are factors, such as a time or a cost. `count`: the same in whole numbers.
 * `proportion`: a share or a score from 0 to 1 whose changes are points.
 */
export const declaredKindSchema = z.enum(['continuous', 'proportion', 'count'])
export type DeclaredKind = z.infer<typeof declaredKindSchema>

/** The unit that one value of a metric belongs to: an execution, a message between agents, or an instance at a time. */
const metricGrainSchema = z.enum(['execution', 'message', 'instance'])
export type MetricGrain = z.infer<typeof metricGrainSchema>

const isOptimizersOwn = (name: MetricName): boolean =>
  isSystemMetric(name) || isComputed(name) || findNamedQuantile(name) !== undefined

/** A metric that an agent or an operator declares; its values arrive with executions, or later as scores of them. */
export const metricDeclarationSchema = z.strictObject({
  name: metricNameSchema.refine((name) => !isOptimizersOwn(name), {
    error: ({ input }) => `${input} is the optimizer's own metric; declare yours under another name`,
  }),
  unit: z
    .union([labelSchema.max(20), z.literal('')])
    .default('')
    .describe('Unit, such as `USD` or `ms`; empty for a share or a plain number'),
  direction: z.enum(['lower', 'higher']).describe('Which way is better'),
  kind: declaredKindSchema.describe(
    '`continuous` for a quantity of 0 or more, `count` for whole numbers, `proportion` for a share or score from 0 to 1',
  ),
  description: textSchema.max(500).default(''),
})
export type MetricDeclaration = z.infer<typeof metricDeclarationSchema>

/** The statistics that can be taken of a histogram. */
export const statisticSchema = z.enum(['mean', 'sum', 'count', 'p50', 'p90', 'p95', 'p99'])
export type StatisticName = z.infer<typeof statisticSchema>

/** A ratio of sums over executions, such as the cost per success: all costs over the number of successes. */
export const metricRatioSchema = z.strictObject({
  of: metricNameSchema.describe('A quantity that executions report, such as `costUsd`'),
  per: metricNameSchema.describe('The denominator: `successRate` for each success, or another quantity that executions report'),
})
export type Ratio = z.infer<typeof metricRatioSchema>

/** A metric as records keep it. */
export const recordedMetricSchema = metricDeclarationSchema.extend({
  ratio: metricRatioSchema.optional().describe('It is computed as a ratio of sums over executions'),
})
export type RecordedMetric = z.infer<typeof recordedMetricSchema>

/**
 * A metric that the configuration declares: reported with executions, computed from what they report, queried from Prometheus, or sent by
 * themselves as a metric of OpenTelemetry.
 */
export const configuredMetricSchema = recordedMetricSchema.extend({
  query: z
    .string()
    .min(1)
    .max(10_000)
    .optional()
    .describe('PromQL query for the current value of each agent; if omitted, executions report the metric'),
  agentLabel: z.string().min(1).max(200).optional().describe('Label that has the id of the agent, by default `agent`'),
  otlp: z
    .strictObject({
      name: labelSchema.describe('Name of the OpenTelemetry metric'),
      statistic: statisticSchema.default('mean').describe('Statistic taken from a histogram'),
    })
    .optional()
    .describe('[OpenTelemetry metric](opentelemetry.md#metrics) that provides its values'),
})
export type ConfiguredMetric = z.infer<typeof configuredMetricSchema>
export type MetricDeclarationInput = z.input<typeof metricDeclarationSchema>

/** Unit of a change: percent for a quantity, points for a share. */
export const changeUnitSchema = z.enum(['percent', 'points'])
export type ChangeUnit = z.infer<typeof changeUnitSchema>
export const getChangeUnit = (kind: DeclaredKind): ChangeUnit => (kind === 'proportion' ? 'points' : 'percent')

/** The unit that changes have in common; null if some are in percent and others in points, or if there are none. */
export function findCommonUnit(changes: readonly { unit: ChangeUnit }[]): ChangeUnit | null {
  const [first, ...others] = new Set(changes.map(({ unit }) => unit))
  return others.length === 0 ? (first ?? null) : null
}

/** How changes of a metric add up: as factors of a quantity (a count is one), or as points of a proportion. */
export type MetricKind = Exclude<DeclaredKind, 'count'>

/** All that a judge needs to know of a metric. */
export interface MetricKindAndDirection {
  kind: MetricKind
  direction: MetricDeclaration['direction']
}

export interface Metric extends RecordedMetric {
  /** Its name within a sentence. */
  label: string
  grain: MetricGrain
  /** Who provides it: one of the sources of document 002, `objective` if it is computed for one, or `declared`. */
  source: 'database' | 'live-state' | 'communication' | 'self-report' | 'prometheus' | 'objective' | 'declared'
  /** How the configuration and an agent declare it differently, as a clause: until they agree it cannot be a goal. */
  contradiction?: string
  /** The quantile of the response time that it is. */
  quantile?: NamedQuantile['quantile']
  /** Of a built-in one: how it is computed, and from what. */
  formula?: string
  window?: string
}

/** The metrics that every agent has, or may report without declaring them. */
export const builtInMetrics: readonly Metric[] = builtInDefinitions

/** The metrics that every agent has and trials can be judged by. */
export const standardMetrics = ['responseTime', 'successRate', 'coordinationScore'] as const
export type StandardMetric = (typeof standardMetrics)[number]

/** Built-in metrics whose values agents report with an execution under `metrics`. */
const reportedMetrics = [
  'costUsd',
  'inputTokens',
  'outputTokens',
  'qualityScore',
  'cpuMs',
  'memoryMb',
  'eventLoopDelayMs',
  'resourceEfficiency',
]

/** Whether executions carry its values under `metrics`: declared, or built in and reported. */
export const isReportable = ({ name, source, ratio }: Metric) =>
  (source === 'declared' && ratio === undefined) || reportedMetrics.includes(name)

/** A metric that is a ratio of sums. */
export type RatioMetric = Pick<Metric, 'name'> & { ratio: Ratio }
export const isRatioMetric = <Declared extends { ratio?: Ratio | undefined }>(
  metric: Declared,
): metric is Declared & { ratio: Ratio } => metric.ratio !== undefined

/** Every metric by name. */
export type MetricCatalogue = ReadonlyMap<MetricName, Metric>

export const builtInCatalogue: MetricCatalogue = new Map(builtInMetrics.map((metric) => [metric.name, metric]))

export const findBuiltInMetric = (name: MetricName): Metric | undefined => builtInCatalogue.get(name)

/** A declared metric: its values belong to executions, unless they are queried or those of a metric of OpenTelemetry. */
const toDeclaredMetric = ({ query, agentLabel: _, otlp, ...declaration }: ConfiguredMetric): Metric => ({
  ...declaration,
  label: findBuiltInMetric(declaration.name)?.label ?? declaration.name,
  ...(query === undefined && otlp === undefined
    ? { grain: 'execution' as const, source: 'declared' as const }
    : { grain: 'instance' as const, source: query === undefined ? ('self-report' as const) : ('prometheus' as const) }),
})

/** A record that names metrics, with the declarations of those that are not built in. */
export interface RecordWithDeclarations {
  declared?: readonly RecordedMetric[] | undefined
}

/** The built-in metrics and those declared; the first declaration of a name counts. */
export function createCatalogue(declared: readonly ConfiguredMetric[]): MetricCatalogue {
  const usable = declared.filter(({ name }) => isSafeName(name) && !isOptimizersOwn(name))
  const all = [...usable.toReversed().map(toDeclaredMetric), ...builtInMetrics]
  return new Map(all.map((metric) => [metric.name, metric]))
}

/** The metrics with these names, without those that nobody declares any more. */
export const selectMetrics = (catalogue: MetricCatalogue, names: readonly MetricName[]): Metric[] =>
  names.flatMap((name) => catalogue.get(name) ?? [])

/** The metric of a name. One that nobody declares any more counts as a quantity without a unit, so that old records can be shown. */
export const getMetric = (catalogue: MetricCatalogue, name: MetricName): Metric =>
  catalogue.get(name) ?? toDeclaredMetric({ name, unit: '', kind: 'continuous', direction: 'lower', description: '' })

/** A metric that a record names, as it was declared then. */
export const getRecordedMetric = (record: RecordWithDeclarations, name: MetricName): Metric => {
  const declaration = record.declared?.find((metric) => metric.name === name)
  return findBuiltInMetric(name) ?? (declaration ? toDeclaredMetric(declaration) : getMetric(builtInCatalogue, name))
}

/** The declarations of the metrics with these names that are not built in, for a record that names them. */
export const selectDeclarations = (catalogue: MetricCatalogue, names: Iterable<MetricName>): RecordedMetric[] =>
  [...new Set(names)].flatMap((name) => {
    const metric = catalogue.get(name)
    return metric?.source === 'declared' ? [recordedMetricSchema.strip().parse(metric)] : []
  })

/** How two declarations of one name contradict each other, as a clause; undefined if they agree. Descriptions may differ. */
export function describeContradiction(a: RecordedMetric, b: RecordedMetric): string | undefined {
  const ratio = a.ratio ?? b.ratio
  if (ratio) return `reported versus computed as ${ratio.of} per ${ratio.per}`
  const parts = (['unit', 'direction', 'kind'] as const).filter((part) => a[part] !== b[part])
  if (parts.length === 0) return undefined
  const list = (metric: MetricDeclaration) => parts.map((part) => `${part} ${metric[part] || 'none'}`).join(', ')
  return `${list(a)} versus ${list(b)}`
}

/** The kind and the direction of a metric. */
export const toKindAndDirection = ({
  kind,
  direction,
}: Pick<MetricDeclaration, 'kind' | 'direction'>): MetricKindAndDirection => ({
  kind: toMetricKind(kind),
  direction,
})

/** How changes of a metric of this declared kind add up. */
export const toMetricKind = (kind: DeclaredKind): MetricKind => (kind === 'count' ? 'continuous' : kind)
