import { expect, test } from 'vitest'
import { describeIssue } from '../../../src/model/issue.ts'
import { builtInCatalogue, getMetric } from '../../../src/model/metric.ts'
import { describeUndeclaredObjectiveMetrics, type ObjectiveInput, objectiveSchema } from '../../../src/model/objective.ts'
import { describeObjective, explainObjective, formatBounds, parseBound, parseGoal } from '../../../src/model/objective-text.ts'

test.each([
  ['qualityScore>=0.8', { metric: 'qualityScore', min: 0.8 }],
  ['p95(responseTime) <= 3000', { metric: 'responseTime', quantile: 0.95, max: 3000 }],
  ['qualityScore>=0.8~0.01', { metric: 'qualityScore', min: 0.8, tolerance: 0.01 }],
  ['team.cost-usd<=1e-3', { metric: 'team.cost-usd', max: 0.001 }],
])('%s is a bound, and is shown in the same notation', (text, bound) => {
  expect(parseBound(text)).toEqual(bound)
  expect(parseBound(formatBounds(bound as never)[0]!)).toEqual(bound)
})

test.each([
  ['costUsd', { metric: 'costUsd' }],
  ['p95(responseTime)', { metric: 'responseTime', quantile: 0.95 }],
  ['p99.9(responseTime)', { metric: 'responseTime', quantile: 0.9990000000000001 }],
  [' P50( responseTime ) ', { metric: 'responseTime', quantile: 0.5 }],
])('%s is a goal', (text, goal) => {
  expect(parseGoal(text)).toEqual(goal)
})

test.each(['qualityScore', 'qualityScore>0.8', 'p95(responseTime)', 'costUsd<=1.2.3', 'costUsd<=1~', '>=3'])(
  '%s is no bound',
  (text) => {
    expect(() => parseBound(text)).toThrow('is not a bound')
  },
)

test.each([
  [
    { minimize: 'costUsd', subjectTo: [{ metric: 'qualityScore', min: 0.8 }], tolerate: { successRate: 1 } },
    'minimize costUsd, subject to qualityScore>=0.8, tolerating successRate=1',
  ],
  [{ maximize: 'qualityScore' }, 'maximize qualityScore'],
  [{ minimize: 'responseTime', quantile: 0.95 }, 'minimize p95(responseTime)'],
  [{ weigh: { costUsd: 2, responseTime: 1 } }, 'improve cost (weight 2) and response time together'],
  [
    { weigh: 'efficiency' },
    'improve the metrics of the preset efficiency together (cost, CPU time, memory, input tokens, output tokens and response time)',
  ],
] as const)('%j is described in one line', (input, told) => {
  expect(describeObjective(objectiveSchema.parse(input))).toBe(told)
})

test('an objective is explained to people in words and with units', () => {
  const explain = (input: ObjectiveInput) =>
    explainObjective(objectiveSchema.parse(input), (name) => getMetric(builtInCatalogue, name))
  const subjectTo = [
    { metric: 'successRate', min: 0.8 },
    { metric: 'responseTime', quantile: 0.95, max: 3_000 },
  ] as const
  expect(explain({ minimize: 'costUsd', subjectTo: [...subjectTo], tolerate: { successRate: 1 } })).toBe(
    'the lowest cost, with success rate at least 80% and response time at most 3000 ms at the 95th percentile, success rate may lose 1 point',
  )
  expect(explain({ maximize: 'throughput' })).toBe('the highest throughput')
  expect(explain({ weigh: { costUsd: 2, responseTime: 1 } })).toBe('improve cost (weight 2) and response time together')
})

test.each([
  [
    { minimize: 'costUsd', subjectTo: [{ metric: 'responseTime', quantile: 0.42, max: 1 }] },
    'subjectTo.0.quantile: must be one of 0.5, 0.9, 0.95, 0.99',
  ],
  [{ weigh: { costUsd: 0 } }, 'weigh.costUsd: a weight must be a number above 0 and at most 1000'],
  [{ minimize: 'costUsd', tolerate: { successRate: 101 } }, 'tolerate.successRate: must be from 0 to 100'],
])('%j is refused with the values that are allowed', (input, sentence) => {
  expect(describeIssue(objectiveSchema.safeParse(input).error!, 'the objective')).toBe(sentence)
})

test('metrics that nobody has declared are named, with the known one that is meant', () => {
  const note = (input: ObjectiveInput) => describeUndeclaredObjectiveMetrics(objectiveSchema.parse(input), builtInCatalogue)
  expect(note({ minimize: 'costUSD' })).toEqual([
    'The metric costUSD has not been declared yet, so nothing is tried until it is; did you mean costUsd?',
  ])
  expect(note({ minimize: 'cost', subjectTo: [{ metric: 'quality', min: 0.8 }] })).toEqual([
    'The metric cost has not been declared yet, so nothing is tried until it is; did you mean costUsd?',
    'The metric quality has not been declared yet, so nothing is tried until it is; did you mean qualityScore?',
  ])
  expect(note({ weigh: { costUsd: 2, banana: 1 } })).toEqual([
    'The metric banana has not been declared yet, so nothing is tried until it is.',
  ])
  expect(note({ weigh: 'efficiency', subjectTo: [{ metric: 'qualityScore', min: 0.8 }] })).toEqual([])
})
