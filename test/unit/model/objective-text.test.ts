import { expect, test } from 'vitest'
import { objectiveSchema } from '../../../src/model/objective.ts'
import { describeObjective, formatBounds, parseBound } from '../../../src/model/objective-text.ts'

test.each([
  ['qualityScore>=0.8', { metric: 'qualityScore', min: 0.8 }],
  ['p95(responseTime) <= 3000', { metric: 'responseTime', quantile: 0.95, max: 3000 }],
  ['team.cost-usd<=1e-3', { metric: 'team.cost-usd', max: 0.001 }],
])('%s is a bound, and is shown in the same notation', (text, bound) => {
  expect(parseBound(text)).toEqual(bound)
  expect(parseBound(formatBounds(bound as never)[0]!)).toEqual(bound)
})

test.each(['qualityScore', 'qualityScore>0.8', 'p95(responseTime)', 'costUsd<=1.2.3', '>=3'])('%s is no bound', (text) => {
  expect(() => parseBound(text)).toThrow('is not a bound')
})

test.each([
  [
    { minimize: 'costUsd', subjectTo: [{ metric: 'qualityScore', min: 0.8 }], tolerate: { successRate: 1 } },
    'minimize costUsd, subject to qualityScore>=0.8, tolerating successRate=1',
  ],
  [{ maximize: 'qualityScore' }, 'maximize qualityScore'],
  [{ weigh: { costUsd: 2, responseTime: 1 } }, 'improve costUsd=2, responseTime=1'],
  [{ weigh: 'efficiency' }, 'improve what efficiency weighs'],
] as const)('%j is described in one line', (input, told) => {
  expect(describeObjective(objectiveSchema.parse(input))).toBe(told)
})
