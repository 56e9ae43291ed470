import { z } from 'zod'
import { toCanonicalJson } from './json.ts'
import { describeUnjudgedMetric, isNegotiationMetric } from './judged-metric.ts'
import { ruleAppliesTo } from './limits.ts'
import { choosableMetricNameSchema, type MetricCatalogue, type MetricName } from './metric.ts'
import { findClosestName, nameSchema, safeRecordSchema } from './name.ts'
import { findQuantileProblem, getQuantileName, quantileSchema } from './quantile.ts'
import { weightedSumName } from './weighted-sum-name.ts'
import { getWeights, weightingSchema } from './weights.ts'

const toleranceRange = 'must be above 0 and at most 1'
const lossRange = 'must be from 0 to 100'

/** A limit that the trials of an agent must respect. */
export const boundSchema = z
  .strictObject({
    metric: choosableMetricNameSchema,
    quantile: quantileSchema.describe('The quantile of the response time that the limit applies to; the mean if omitted'),
    min: z.number().optional().describe('Lowest acceptable value'),
    max: z.number().optional().describe('Highest acceptable value'),
    tolerance: z
      .number()
      .positive(toleranceRange)
      .max(1, toleranceRange)
      .optional()
      .describe(
        'How far beyond the limit a kept change may be: a share of a quantity (0.05 is 5%), or a difference between shares',
      ),
  })
  .refine(({ min, max }) => min !== undefined || max !== undefined, 'set a min or a max')
  .refine(({ min, max }) => !(min! > max!), 'min is above max')
export type Bound = z.infer<typeof boundSchema>
export type BoundInput = z.input<typeof boundSchema>

const maxBounds = 20
const maxTolerances = 50

/** The goal of an agent's optimization: one metric or a weighted sum of several, within limits of others. */
export const objectiveSchema = z
  .strictObject({
    agent: nameSchema.optional().describe('Only this agent'),
    kind: nameSchema.optional().describe('Only agents of this kind'),
    minimize: choosableMetricNameSchema.optional().describe('Metric to lower'),
    maximize: choosableMetricNameSchema.optional().describe('Metric to raise'),
    quantile: quantileSchema.describe('The quantile to lower, if the metric is the response time'),
    weigh: weightingSchema.optional().describe('Instead of a single metric: the weights of several, or the name of a preset'),
    subjectTo: z
      .array(boundSchema)
      .max(maxBounds, { error: `set at most ${maxBounds} bounds`, abort: true })
      .default([])
      .describe(`Limits that a change must respect to be kept, at most ${maxBounds}`),
    tolerate: safeRecordSchema(choosableMetricNameSchema, z.number().min(0, lossRange).max(100, lossRange))
      .refine((losses) => Object.keys(losses).length <= maxTolerances, `name at most ${maxTolerances} metrics`)
      .default({})
      .describe('Maximum loss that a change may cause and still be kept: percent for a quantity, points for a share or score'),
  })
  .superRefine(({ agent, kind, minimize, maximize, quantile, weigh, subjectTo, tolerate }, context) => {
    // The metrics of an objective without a goal are not checked any further.
    if ([minimize, maximize, weigh].filter((goal) => goal !== undefined).length !== 1)
      context.addIssue({ code: 'custom', message: 'set exactly one of minimize, maximize and weigh', continue: false })
    if (agent !== undefined && kind !== undefined)
      context.addIssue({ code: 'custom', message: 'set either agent or kind, not both' })
    if (quantile !== undefined && weigh !== undefined)
      context.addIssue({ code: 'custom', message: 'quantile applies only to the metric to minimize', path: ['quantile'] })
    const goal = minimize ?? maximize
    // A quantile is a different metric from the one it is taken of.
    if (goal !== undefined && quantile === undefined && Object.hasOwn(tolerate, goal))
      context.addIssue({
        code: 'custom',
        message: `a loss of ${goal}, the metric to improve, cannot be tolerated`,
        path: ['tolerate'],
      })
    for (const [index, bound] of subjectTo.entries()) {
      const problem = findContradictoryBound(bound, subjectTo.slice(0, index))
      if (problem) context.addIssue({ code: 'custom', message: problem, path: ['subjectTo', index] })
    }
  })
export type Objective = z.infer<typeof objectiveSchema>
export type ObjectiveInput = z.input<typeof objectiveSchema>

function findContradictoryBound(bound: Bound, others: readonly Bound[]): string | undefined {
  const known = [bound, ...others].filter(({ metric }) => metric === bound.metric)
  // A value is never higher at a lower quantile, and the mean is at least the share of values above a limit times that limit (Markov).
  const contradict = (least: Bound, most: Bound) =>
    least.quantile !== undefined && most.quantile === undefined
      ? (1 - least.quantile) * least.min! > most.max!
      : least.min! > most.max! && (least.quantile === most.quantile || least.quantile! < most.quantile!)
  const pairs = known.flatMap((least) => known.map((most) => [least, most] as const))
  const pair = pairs.find(([least, most]) => contradict(least, most))
  if (!pair) return undefined
  const [least, most] = pair
  const at = ({ quantile }: Bound) =>
    least.quantile === most.quantile ? '' : quantile === undefined ? ' on average' : ` at quantile ${quantile}`
  return `${bound.metric} cannot be at least ${least.min}${at(least)} and at most ${most.max}${at(most)}`
}

/** The metric that an objective is about: the only one that it names or weighs, its quantile, or the weighted sum of those that it weighs. */
export function getObjectiveMetric({ minimize, maximize, quantile, weigh = {} }: Objective): MetricName {
  const [only, ...more] = Object.keys(getWeights(weigh))
  const named = minimize ?? maximize
  return named !== undefined ? getQuantileName(named, quantile) : only === undefined || more.length > 0 ? weightedSumName : only
}

/** The scope of an objective: an agent, the agents of a kind, or, without either, the whole fleet. */
export const objectiveScopeSchema = z
  .strictObject({ agent: nameSchema.optional(), kind: nameSchema.optional() })
  .refine(({ agent, kind }) => agent === undefined || kind === undefined, 'set either agent or kind, not both')
export type ObjectiveScope = z.infer<typeof objectiveScopeSchema>

/** A scope as the last change of it by command recorded it. */
interface RecordedScope {
  agent: string | null
  kind: string | null
  objective: Objective | null
}

/** The objectives of the configuration, and in place of those for the same agents the ones that people set by command. */
export function mergeObjectives(configured: readonly Objective[], latest: readonly RecordedScope[]): Objective[] {
  const set = latest.flatMap(({ objective }) => objective ?? [])
  return [...set, ...configured.filter((one) => !set.some((other) => isSameScope(one, other)))]
}

export const isSameScope = (a: ObjectiveScope, b: ObjectiveScope) => a.agent === b.agent && a.kind === b.kind

/** Whether two objectives say the same, whatever the order of their keys. */
export const isSameObjective = (a: Objective | undefined, b: Objective | undefined) => toCanonicalJson(a) === toCanonicalJson(b)

/** The objective of an agent: its own, otherwise that of its kind, otherwise that of the fleet; undefined if none is set. */
export function findObjective(objectives: readonly Objective[], agent: { agentId: string; kind: string }): Objective | undefined {
  const rank = (objective: Objective) => (objective.agent ? 2 : objective.kind ? 1 : 0)
  return objectives.filter((objective) => ruleAppliesTo(objective, agent)).toSorted((a, b) => rank(b) - rank(a))[0]
}

/** Every metric that an objective names; of a preset that weighs several, none has to be reported. */
export function listObjectiveMetrics(objective: Objective): MetricName[] {
  const { weigh = {}, subjectTo, tolerate } = objective
  const goal = getObjectiveMetric(objective)
  const improved = goal !== weightedSumName ? [goal] : typeof weigh === 'string' ? [] : Object.keys(weigh)
  return [...new Set([...improved, ...subjectTo.map(({ metric }) => metric), ...Object.keys(tolerate)])]
}

/**
 * Why an objective contradicts the declarations of its metrics, as a sentence's end; undefined if it does not. A metric that is not in the
 * catalogue passes: an agent may declare it later.
 */
export function findObjectiveProblem(objective: Objective, catalogue: MetricCatalogue): string | undefined {
  const weighed = Object.keys(getWeights(objective.weigh ?? {}))
  const named = [...listObjectiveMetrics(objective), ...weighed]
  const contradiction = named.map((name) => catalogue.get(name)?.contradiction).find((problem) => problem !== undefined)
  if (contradiction) return contradiction
  const unjudged = named.map((name) => describeUnjudgedMetric(name, catalogue)).find((problem) => problem !== undefined)
  if (unjudged) return unjudged
  const ofNegotiations = weighed.length > 1 ? weighed.find(isNegotiationMetric) : undefined
  if (ofNegotiations !== undefined)
    return `${ofNegotiations} is a metric of negotiations, so it cannot be weighed with metrics of executions`
  const ratio = weighed.length > 1 ? weighed.map((name) => catalogue.get(name)).find((metric) => metric?.ratio) : undefined
  if (ratio)
    return `${ratio.name} is a ratio of sums, so it cannot be weighed; weigh ${ratio.ratio!.of}, or minimize ${ratio.name} alone`
  const ofQuantile = findQuantileProblem(objective.minimize ?? objective.maximize ?? '', objective.quantile)
  if (ofQuantile) return ofQuantile
  const goal = getObjectiveMetric(objective)
  const direction = objective.weigh === undefined ? catalogue.get(goal)?.direction : undefined
  if (direction !== undefined && direction !== (objective.minimize ? 'lower' : 'higher'))
    return `${goal} is better when it is ${direction}, so it cannot be ${objective.minimize ? 'minimized' : 'maximized'}`
  return objective.subjectTo.map((bound) => findBoundProblem(bound, catalogue)).find((problem) => problem !== undefined)
}

function findBoundProblem({ metric: name, quantile, min, max }: Bound, catalogue: MetricCatalogue): string | undefined {
  const ofQuantile = findQuantileProblem(name, quantile)
  if (ofQuantile) return ofQuantile
  const kind = catalogue.get(name)?.kind
  if (kind === undefined) return undefined
  const limits = [min, max].filter((limit) => limit !== undefined)
  const impossible = limits.find((limit) => (kind === 'proportion' ? limit < 0 || limit > 1 : limit <= 0))
  if (impossible === undefined) return undefined
  return kind === 'proportion'
    ? `${name} ranges from 0 to 1, so ${impossible} cannot be its limit`
    : `${name} is a quantity, so its limit must be above 0, not ${impossible}`
}

/** Names in an objective that match no known metric, each with the closest known name. */
export function findUndeclaredMetrics(
  objective: Objective,
  catalogue: MetricCatalogue,
): { name: string; close: string | undefined }[] {
  const names = new Set([...listObjectiveMetrics(objective), ...Object.keys(getWeights(objective.weigh ?? {}))])
  const unknown = [...names].filter((name) => name !== weightedSumName && !catalogue.has(name))
  return unknown.map((name) => ({ name, close: findClosestName(name, catalogue.keys()) }))
}

/** The same in sentences. */
export const describeUndeclaredObjectiveMetrics = (objective: Objective, catalogue: MetricCatalogue): string[] =>
  findUndeclaredMetrics(objective, catalogue).map(
    ({ name, close }) =>
      `The metric ${name} has not been declared yet, so nothing is tried until it is${close ? `; did you mean ${close}?` : '.'}`,
  )

/** The quantile of an objective that no trial has enough samples to prove, as a sentence's end; undefined if there is none. */
export function describeUnprovableQuantile({ quantile, subjectTo }: Objective, maxSamples: number): string | undefined {
  const goal = { what: 'an improvement', quantile, needed: countSamplesForQuantileLimit(quantile) }
  const bounds = subjectTo.map((bound) => ({ what: 'a bound', quantile: bound.quantile, needed: countSamplesToProve(bound) }))
  const beyond = [goal, ...bounds].filter(({ needed }) => needed > maxSamples).sort((a, b) => b.needed - a.needed)[0]
  return (
    beyond &&
    `${beyond.what} at quantile ${beyond.quantile} takes ${beyond.needed} samples to prove, and a trial has at most ${maxSamples}; raise trials.maxSamples, or choose a lower quantile`
  )
}

/** The rule of three: if none of n values is beyond a limit, at most 3/n of all are, with a probability of 95%. */
function countSamplesToProve({ quantile, max }: Bound): number {
  if (quantile === undefined) return 0
  return Math.ceil(3 / (max === undefined ? quantile : 1 - quantile) - 1e-9)
}

/** The square of the standard errors at which a judge's last look proves something, rounded up. */
const PROOF = 5

/** Fewer values have no upper limit at a quantile (Woodruff 1952): that of its rank lies beyond the largest of them. */
export const countSamplesForQuantileLimit = (quantile = 0) => Math.ceil((PROOF * quantile) / (1 - quantile) - 1e-9)

/** The objectives of a configuration. */
export const objectivesSchema = z.array(objectiveSchema).superRefine((objectives, context) => {
  for (const [index, { agent, kind }] of objectives.entries()) {
    const first = objectives.findIndex((other) => isSameScope(other, { agent, kind }))
    if (first !== index)
      context.addIssue({ code: 'custom', message: 'there is another objective for the same agents', path: [index] })
  }
})
