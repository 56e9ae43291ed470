import { describe, expect, test } from 'vitest'
import { engineSettingsSchema } from '../../../src/model/engine-settings.ts'
import { describeIssue } from '../../../src/model/issue.ts'
import { builtInCatalogue } from '../../../src/model/metric.ts'
import {
  describeUnprovableQuantile,
  findObjective,
  findObjectiveProblem,
  getObjectiveMetric,
  listObjectiveMetrics,
  mergeObjectives,
  type ObjectiveInput,
  objectiveSchema,
} from '../../../src/model/objective.ts'

const objective = (input: ObjectiveInput) => objectiveSchema.parse(input)
const ofFleet = objective({ minimize: 'costUsd' })
const ofKind = objective({ kind: 'bot', minimize: 'outputTokens' })
const bot = { agentId: 'frugal', kind: 'bot' }

test('an objective that is set by command takes the place of the one for the same agents, and of no other', () => {
  const set = objective({ kind: 'bot', maximize: 'qualityScore' })
  const merged = mergeObjectives([ofFleet, ofKind], [{ agent: null, kind: 'bot', objective: set }])
  expect(merged).toEqual([set, ofFleet])
  expect(findObjective(merged, bot)).toBe(set)
})

test('one that is cleared leaves what the configuration says', () => {
  const merged = mergeObjectives([ofFleet, ofKind], [{ agent: null, kind: 'bot', objective: null }])
  expect(findObjective(merged, bot)).toBe(ofKind)
  expect(findObjective(mergeObjectives([], [{ agent: 'frugal', kind: null, objective: null }]), bot)).toBeUndefined()
})

test.each([
  [{ minimize: 'costUsd' }, 'costUsd', ['costUsd']],
  [{ minimize: 'responseTime', quantile: 0.95 }, 'responseTimeP95', ['responseTimeP95']],
  [{ weigh: { costUsd: 1 } }, 'costUsd', ['costUsd']],
  [{ weigh: { costUsd: 1, cpuMs: 1 } }, 'weightedSum', ['costUsd', 'cpuMs']],
  [{ weigh: 'coordination' }, 'coordinationScore', ['coordinationScore']],
  [{ weigh: 'efficiency' }, 'weightedSum', []],
] as const)('%j is about %s and needs all of %j to be reported', (input, goal, needed) => {
  const told = objective({ ...input, subjectTo: [{ metric: 'qualityScore', min: 0.8 }] })
  expect(getObjectiveMetric(told)).toBe(goal)
  expect(listObjectiveMetrics(told)).toEqual([...needed, 'qualityScore'])
})

test.each([
  [{ maximize: 'throughput' }, 'no trial can be judged by throughput: the instances share the work of their agent'],
  [{ minimize: 'costUsd', tolerate: { goalProgress: 1 } }, 'goalProgress: it is known only for the agent as a whole'],
  [{ weigh: { cacheHitRate: 1, costUsd: 1 } }, 'cacheHitRate: executions do not report it'],
  [{ minimize: 'cpuPercent' }, 'cpuPercent: it is about the whole system'],
  [{ maximize: 'messageSuccessRate' }, 'messageSuccessRate: use coordinationScore'],
  [{ minimize: 'costUsd', quantile: 0.9 }, 'costUsd has no quantiles; only responseTime has'],
  [{ maximize: 'responseTime', quantile: 0.9 }, 'responseTimeP90 is better when it is lower, so it cannot be maximized'],
  [{ weigh: { messageLatencyMs: 1, costUsd: 1 } }, 'messageLatencyMs is a metric of negotiations'],
] as const)('%j is refused, and the reason is given', (input, problem) => {
  expect(findObjectiveProblem(objective(input), builtInCatalogue)).toContain(problem)
})

test.each([
  { minimize: 'messageLatencyMs' },
  { minimize: 'conflictResolutionTimeMs', subjectTo: [{ metric: 'errorRate', max: 0.1 }] },
  { maximize: 'averageConfidence', tolerate: { messageLatencyMs: 5 } },
  { minimize: 'responseTime', quantile: 0.9, tolerate: { responseTime: 5 } },
] as const)('%j can be judged', (input) => {
  expect(findObjectiveProblem(objective(input as ObjectiveInput), builtInCatalogue)).toBeUndefined()
})

test('a quantile can be the goal if a trial has the samples to prove it', () => {
  const problem = (quantile: 0.9 | 0.99) => describeUnprovableQuantile(objective({ minimize: 'responseTime', quantile }), 160)
  expect(problem(0.9)).toBeUndefined()
  expect(problem(0.99)).toContain('an improvement at quantile 0.99 takes 495 samples to prove')
})

const problemOf = (input: object) => {
  const { error } = objectiveSchema.safeParse(input)
  return error && describeIssue(error, 'the objective')
}
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`metric${index}`, 1]))
const bounds = (count: number) => Object.keys(many(count)).map((metric) => ({ metric, max: 1 }))

test('a number beyond several limits is told the nearest', () => {
  const { error } = engineSettingsSchema.safeParse({ data_retention_days: 1e18 })
  expect(describeIssue(error!, 'the settings')).toBe('data_retention_days: must be at most 36500')
})

describe('an objective', () => {
  test('may have 20 bounds, 50 weights and 50 tolerances', () => {
    expect(problemOf({ weigh: many(50), subjectTo: bounds(20), tolerate: many(50) })).toBeUndefined()
  })

  test('with very many bounds is refused at once, without comparing them', () => {
    const started = performance.now()
    const oneMetric = Array.from({ length: 20_000 }, (_, index) => ({ metric: 'costUsd', max: index + 1 }))
    expect(problemOf({ minimize: 'costUsd', subjectTo: oneMetric })).toBe('subjectTo: set at most 20 bounds')
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  const presets = 'use a preset (analytical, systematic, optimization, efficiency, coordination), or weights of metrics'
  test.each([
    [{ weigh: many(51) }, `weigh: weigh at most 50 metrics`],
    [{ weigh: {} }, 'weigh: weigh at least one metric'],
    [{ weigh: 'eficiency' }, `weigh: there is no preset eficiency; ${presets}`],
    [{ weigh: { costUsd: -1 } }, 'weigh.costUsd: a weight must be a number above 0 and at most 1000'],
    [{ weigh: { costUsd: 'much' } }, 'costUsd: a weight must be a number above 0 and at most 1000'],
    [{ weigh: { 'cost usd': 1 } }, 'weigh: cost usd: use at most 80 letters'],
    [{ weigh: 5 }, presets],
    [{ weigh: { costUsd: 1, weightedSum: 1 } }, 'weightedSum is computed from the metrics that an objective weighs'],
    [
      { minimize: 'weightedSum' },
      'minimize: weightedSum is computed from the metrics that an objective weighs; name those under',
    ],
    [{ minimize: 'costUsd', subjectTo: [{ metric: 'weightedSum', max: 1 }] }, 'subjectTo.0.metric: weightedSum is computed'],
    [{ minimize: 'costUsd', tolerate: { weightedSum: 1 } }, 'weightedSum is computed'],
    [
      { minimize: 'responseTimeP95' },
      'minimize: responseTimeP95 is a quantile of responseTime; where a quantile is allowed, use responseTime with quantile 0.95',
    ],
    [{ minimize: 'responseTime', quantile: 0.42 }, 'quantile: must be one of 0.5, 0.9, 0.95, 0.99'],
    [{ weigh: { costUsd: 1 }, quantile: 0.95 }, 'quantile: quantile applies only to the metric to minimize'],
    [{ minimize: 'costUsd', tolerate: many(51) }, 'tolerate: name at most 50 metrics'],
    [JSON.parse('{"minimize": "costUsd", "tolerate": {"__proto__": 1}}'), '__proto__ is a reserved word'],
    [JSON.parse('{"weigh": {"costUsd": 1, "__proto__": 1}}'), '__proto__ is a reserved word'],
  ])('%j is refused', (input, problem) => {
    expect(problemOf(input)).toContain(problem)
  })

  const responseTime = (quantile: number | undefined, limits: object) => ({ metric: 'responseTime', quantile, ...limits })
  test('with bounds that contradict each other, also at different quantiles, is refused', () => {
    const subjectTo = [responseTime(0.9, { max: 50 }), responseTime(0.5, { min: 5000 })]
    expect(problemOf({ minimize: 'costUsd', subjectTo })).toBe(
      'subjectTo.1: responseTime cannot be at least 5000 at quantile 0.5 and at most 50 at quantile 0.9',
    )
    expect(problemOf({ minimize: 'costUsd', subjectTo: [subjectTo[0], responseTime(0.9, { min: 60 })] })).toBe(
      'subjectTo.1: responseTime cannot be at least 60 and at most 50',
    )
    expect(
      problemOf({ minimize: 'costUsd', subjectTo: [responseTime(0.5, { min: 5000 }), responseTime(undefined, { max: 50 })] }),
    ).toBe('subjectTo.1: responseTime cannot be at least 5000 at quantile 0.5 and at most 50 on average')
    const skewed = [responseTime(0.9, { min: 5000 }), responseTime(undefined, { max: 600 })]
    expect(problemOf({ minimize: 'costUsd', subjectTo: skewed })).toBeUndefined()
    const possible = [responseTime(0.5, { max: 50 }), responseTime(0.9, { min: 5000 }), responseTime(undefined, { min: 60 })]
    expect(problemOf({ minimize: 'costUsd', subjectTo: possible })).toBeUndefined()
  })
})
