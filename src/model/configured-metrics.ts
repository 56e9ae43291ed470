import { z } from 'zod'
import {
  type ConfiguredMetric,
  configuredMetricSchema,
  createCatalogue,
  describeContradiction,
  findBuiltInMetric,
  isReportable,
  type MetricCatalogue,
  type MetricName,
  type Ratio,
} from './metric.ts'
import { findClosestName } from './name.ts'

/** The metrics that a configuration declares. */
export const metricDeclarationsSchema = z.array(configuredMetricSchema).superRefine((metrics, context) => {
  const catalogue = createCatalogue(metrics)
  for (const [index, metric] of metrics.entries()) {
    const builtIn = findBuiltInMetric(metric.name)
    const isSent = metric.query !== undefined || metric.otlp !== undefined
    const queried = isSent ? 'it cannot be queried; choose another name' : undefined
    const contradiction = builtIn && (queried ?? describeContradiction(metric, builtIn))
    const repeated = metrics.findIndex(({ name }) => name === metric.name) !== index
    const message = repeated ? 'is declared twice' : contradiction && `is built in: ${contradiction}`
    if (message) context.addIssue({ code: 'custom', message: `${metric.name} ${message}`, path: [index, 'name'] })
    const source = (['ratio', 'query'] as const).find((one) => metric[one] !== undefined)
    if (metric.otlp && source)
      context.addIssue({ code: 'custom', message: `cannot be combined with a ${source}`, path: [index, 'otlp'] })
    for (const { message, path } of listRatioProblems(metric, catalogue))
      context.addIssue({ code: 'custom', message, path: [index, ...path] })
  }
})

/** The problems of a ratio, each with the field that it concerns. */
function listRatioProblems(metric: ConfiguredMetric, catalogue: MetricCatalogue): { message: string; path: string[] }[] {
  const { ratio, query, kind } = metric
  if (!ratio) return []
  const ofPart = (part: keyof Ratio) => {
    const message = findPartProblem(ratio[part], part, catalogue)
    return message === undefined ? [] : [{ message, path: ['ratio', part] }]
  }
  const same = ratio.of === ratio.per ? [{ message: 'is the same metric as `of`', path: ['ratio', 'per'] }] : []
  const kinds = kind === 'continuous' ? [] : [{ message: 'must be continuous for a ratio', path: ['kind'] }]
  const queried = query === undefined ? [] : [{ message: 'cannot be combined with a ratio', path: ['query'] }]
  return [...ofPart('of'), ...ofPart('per'), ...same, ...kinds, ...queried]
}

function findPartProblem(name: MetricName, part: keyof Ratio, catalogue: MetricCatalogue): string | undefined {
  const metric = catalogue.get(name)
  if (!metric) {
    const close = findClosestName(name, catalogue.keys())
    return `there is no metric ${name}; ${close ? `did you mean ${close}?` : 'declare it in the configuration'}`
  }
  if (part === 'per' && name === 'successRate') return undefined
  const usable = isReportable(metric) && metric.grain === 'execution' && metric.kind !== 'proportion'
  if (usable) return undefined
  const where = part === 'per' ? ', or successRate for each success' : ''
  const reason = metric.grain === 'execution' ? 'not a quantity that executions report' : `a metric of ${grains[metric.grain]}`
  return `${name} is ${reason}; name a quantity that executions report, such as costUsd${where}`
}

const grains = { execution: 'executions', message: 'messages between agents', instance: 'single instances' }
