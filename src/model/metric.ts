/** The catalogue of metrics: what each one means, in which unit, and which way is better. */
import { z } from 'zod'
import { builtInDefinitions } from './built-in-metrics.ts'
import { isFree, reserved } from './name.ts'
import { labelSchema, textSchema } from './text.ts'

/** The name of a metric, for example `costUsd`. */
export const metricNameSchema = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,79}$/, 'use at most 80 letters, digits, ., - and _, starting with a letter')
  .refine(isFree, reserved)
export type MetricName = string

/** The name of a metric that an agent or a person may choose: any but that of the weighted sum, which the optimizer computes itself. */
export const namedMetricSchema = metricNameSchema.refine((name) => !isComputed(name), {
  error: ({ input }) => `${input} is computed from the metrics that an objective weighs; name those under its weigh instead`,
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

/** What one value of a metric belongs to: an execution, a message between agents, or an instance at a time. */
const metricGrainSchema = z.enum(['execution', 'message', 'instance'])
export type MetricGrain = z.infer<typeof metricGrainSchema>

const isOptimizersOwn = (name: MetricName): boolean => isSystemMetric(name) || isComputed(name)

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

/** A metric that the configuration declares: reported with executions, or queried from Prometheus. */
export const configuredMetricSchema = metricDeclarationSchema.extend({
  query: z
    .string()
    .min(1)
    .max(10_000)
    .optional()
    .describe('Query to Prometheus for its present value by agent; without one, executions report it'),
  agentLabel: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Label of the result that has the id of the agent, by default `agent`'),
})
export type ConfiguredMetric = z.infer<typeof configuredMetricSchema>
export type MetricDeclarationInput = z.input<typeof metricDeclarationSchema>

/** How changes of a metric add up: as factors of a quantity (a count is one), or as points of a proportion. */
export type MetricKind = Exclude<DeclaredKind, 'count'>

/** All that a judge needs to know of a metric. */
export interface MetricTraits {
  kind: MetricKind
  direction: MetricDeclaration['direction']
}

export interface Metric extends MetricDeclaration {
  /** Its name within a sentence. */
  label: string
  grain: MetricGrain
  /** Who provides it: one of the sources of document 002, `objective` if it is computed for one, or `declared`. */
  source: 'database' | 'live-state' | 'communication' | 'self-report' | 'prometheus' | 'objective' | 'declared'
  /** Of a built-in one: how it is computed, and from what. */
  formula?: string
  window?: string
}

/** The metrics that every agent has, or may report without declaring them. */
export const builtInMetrics: readonly Metric[] = builtInDefinitions

/** The metrics that every agent has and trials can be judged by. */
export const usualMetrics = ['responseTime', 'successRate', 'coordinationScore'] as const
export type UsualMetric = (typeof usualMetrics)[number]
const isUsualMetric = (name: MetricName) => (usualMetrics as readonly string[]).includes(name)

/** Built-in metrics whose values agents report with an execution under `metrics`. */
const reportedMetrics = ['costUsd', 'inputTokens', 'outputTokens', 'qualityScore', 'cpuMs', 'memoryMb', 'resourceEfficiency']

/** Whether executions carry its values under `metrics`: declared, or built in and reported. */
export const isReportable = ({ name, source }: Metric) => source === 'declared' || reportedMetrics.includes(name)

/** Whether trials can be judged by a metric: one that every agent has, or that executions report. */
export const isJudged = (metric: Metric) => isUsualMetric(metric.name) || isReportable(metric)

/** Every metric by name. */
export type MetricCatalogue = ReadonlyMap<MetricName, Metric>

export const builtInCatalogue: MetricCatalogue = new Map(builtInMetrics.map((metric) => [metric.name, metric]))

export const findBuiltInMetric = (name: MetricName): Metric | undefined => builtInCatalogue.get(name)

/** Metric name → value. */
export type MetricValues = Readonly<Record<MetricName, number>>

/** A declared metric: its values belong to executions, unless they are queried. */
const toDeclaredMetric = ({ query, agentLabel: _, ...declaration }: ConfiguredMetric): Metric => ({
  ...declaration,
  label: findBuiltInMetric(declaration.name)?.label ?? declaration.name,
  ...(query === undefined
    ? { grain: 'execution' as const, source: 'declared' as const }
    : { grain: 'instance' as const, source: 'prometheus' as const }),
})

/** A record that names metrics, with the declarations of those that are not built in. */
export interface WithDeclarations {
  declared?: readonly MetricDeclaration[] | undefined
}

/** The built-in metrics and those declared; the first declaration of a name counts. */
export function createCatalogue(declared: readonly ConfiguredMetric[]): MetricCatalogue {
  const usable = declared.filter(({ name }) => isFree(name) && !isOptimizersOwn(name))
  const all = [...usable.toReversed().map(toDeclaredMetric), ...builtInMetrics]
  return new Map(all.map((metric) => [metric.name, metric]))
}

/** The metric of a name. One that nobody declares any more counts as a quantity without a unit, so that old records can be shown. */
export const getMetric = (catalogue: MetricCatalogue, name: MetricName): Metric =>
  catalogue.get(name) ?? toDeclaredMetric({ name, unit: '', kind: 'continuous', direction: 'lower', description: '' })

/** A metric that a record names, as it was declared then. */
export const getRecordedMetric = (record: WithDeclarations, name: MetricName): Metric => {
  const declaration = record.declared?.find((metric) => metric.name === name)
  return findBuiltInMetric(name) ?? (declaration ? toDeclaredMetric(declaration) : getMetric(builtInCatalogue, name))
}

/** The declarations of the metrics with these names that are not built in, for a record that names them. */
export const selectDeclarations = (catalogue: MetricCatalogue, names: Iterable<MetricName>): MetricDeclaration[] =>
  [...new Set(names)].flatMap((name) => {
    const metric = catalogue.get(name)
    return metric?.source === 'declared' ? [metricDeclarationSchema.strip().parse(metric)] : []
  })

/** How two declarations of one name contradict each other, as a clause; undefined if they agree. Descriptions may differ. */
export function findContradiction(a: MetricDeclaration, b: MetricDeclaration): string | undefined {
  const parts = (['unit', 'direction', 'kind'] as const).filter((part) => a[part] !== b[part])
  if (parts.length === 0) return undefined
  const list = (metric: MetricDeclaration) => parts.map((part) => `${part} ${metric[part] || 'none'}`).join(', ')
  return `${list(a)} against ${list(b)}`
}

/** No metric of an execution is larger, whatever its unit. */
const largestValue = 1e15

/** The reason why a value cannot be one of this metric, for a user; undefined if it can. */
export function validateMetricValue({ name, kind }: Pick<Metric, 'name' | 'kind'>, value: number): string | undefined {
  if (!Number.isFinite(value)) return `${name} must be a number`
  if (kind === 'proportion') return value >= 0 && value <= 1 ? undefined : `${name} must be from 0 to 1, not ${value}`
  if (value < 0 || value > largestValue) return `${name} must be from 0 to ${largestValue}, not ${value}`
  return kind === 'count' && !Number.isInteger(value) ? `${name} must be a whole number, not ${value}` : undefined
}

/** The reason why these values cannot be reported with an execution, naming the metric; undefined if they can. */
export function validateReportedMetrics(catalogue: MetricCatalogue, values: MetricValues): string | undefined {
  for (const [name, value] of Object.entries(values)) {
    const metric = catalogue.get(name)
    if (!metric) return `there is no metric ${name}; declare it when the agent connects, or in the configuration`
    if (!isReportable(metric)) return `${name} is computed and cannot be reported`
    const refused = validateMetricValue(metric, value)
    if (refused) return refused
  }
  return undefined
}

/** The traits of a metric. */
export const toTraits = ({ kind, direction }: Pick<MetricDeclaration, 'kind' | 'direction'>): MetricTraits => ({
  kind: toKind(kind),
  direction,
})

/** How changes of a metric of this declared kind add up. */
export const toKind = (kind: DeclaredKind): MetricKind => (kind === 'count' ? 'continuous' : kind)

/** The metrics that a configuration declares. */
export const metricDeclarationsSchema = z.array(configuredMetricSchema).superRefine((metrics, context) => {
  for (const [index, metric] of metrics.entries()) {
    const builtIn = findBuiltInMetric(metric.name)
    const queried = metric.query !== undefined ? 'it cannot be queried; choose another name' : undefined
    const contradiction = builtIn && (queried ?? findContradiction(metric, builtIn))
    const repeated = metrics.findIndex(({ name }) => name === metric.name) !== index
    const message = repeated ? 'is declared twice' : contradiction && `is built in: ${contradiction}`
    if (message) context.addIssue({ code: 'custom', message: `${metric.name} ${message}`, path: [index, 'name'] })
  }
})
