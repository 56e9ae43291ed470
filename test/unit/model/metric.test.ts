import { describe, expect, test } from 'vitest'
import { builtInMetrics, createCatalogue, describeContradiction, metricDeclarationSchema } from '../../../src/model/metric.ts'
import { validateReportedMetrics } from '../../../src/model/metric-value.ts'

const declare = (known: object) =>
  metricDeclarationSchema.parse({ name: 'toxicity', direction: 'lower', kind: 'proportion', ...known })
const catalogue = createCatalogue([declare({}), declare({ name: 'toolCalls', kind: 'count' })])

describe('the catalogue', () => {
  test('names every metric once', () => {
    const names = builtInMetrics.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })

  test('has what the documents name, cost, tokens, quality and resources', () => {
    const wanted = [
      'responseTime',
      'successRate',
      'coordinationScore',
      'adaptationScore',
      'goalProgress',
      'throughput',
      'costUsd',
    ]
    for (const name of [...wanted, 'inputTokens', 'outputTokens', 'qualityScore', 'cpuMs', 'memoryMb'])
      expect(catalogue.get(name)).toMatchObject({ name, direction: expect.any(String) })
  })

  test('has declared metrics, the first declaration of a name', () => {
    expect(createCatalogue([declare({ unit: 'a' }), declare({ unit: 'b' })]).get('toxicity')).toMatchObject({ unit: 'a' })
  })
})

describe('metrics of an execution', () => {
  test('are accepted if they are declared or built in', () => {
    expect(validateReportedMetrics(catalogue, { costUsd: 0, qualityScore: 1, toxicity: 0.25, toolCalls: 3 })).toBeUndefined()
  })

  test.each([
    [{ costUSD: 0.1 }, 'there is no metric costUSD'],
    [{ responseTime: 5 }, 'responseTime is computed'],
    [{ qualityScore: 80 }, 'qualityScore must be from 0 to 1, not 80'],
    [{ costUsd: -1 }, 'costUsd must be from 0'],
    [{ costUsd: 1e300 }, 'costUsd must be from 0'],
    [{ costUsd: Number.NaN }, 'costUsd must be a number'],
    [{ toolCalls: 1.5 }, 'toolCalls must be a whole number, not 1.5'],
  ])('%j is refused by name', (values, reason) => {
    expect(validateReportedMetrics(catalogue, values)).toContain(reason)
  })
})

test.each([
  [{ name: 'constructor' }, 'constructor is a reserved word'],
  [{ name: 'weightedSum' }, "weightedSum is the optimizer's own metric; declare yours under another name"],
  [{ name: 'cpuPercent' }, "cpuPercent is the optimizer's own metric"],
  [{ unit: '\u001b[31mX' }, 'control characters'],
  [{ unit: 'a\nb' }, 'line break'],
  [{ description: '\0' }, 'NUL'],
])('a declaration with %j is refused', (known, reason) => {
  const parsed = metricDeclarationSchema.safeParse({ name: 'x', direction: 'lower', kind: 'count', ...known })
  expect(JSON.stringify(parsed.error?.issues)).toContain(reason)
})

describe('two declarations of a name', () => {
  test('agree if only their descriptions differ', () => {
    expect(describeContradiction(declare({}), declare({ description: 'how rude it is' }))).toBeUndefined()
  })

  test.each([
    [{ unit: 'EUR' }, 'unit none versus unit EUR'],
    [{ direction: 'higher', kind: 'count' }, 'direction lower, kind proportion versus direction higher, kind count'],
  ])('contradict each other in %j', (other, contradiction) => {
    expect(describeContradiction(declare({}), declare(other))).toBe(contradiction)
  })
})
