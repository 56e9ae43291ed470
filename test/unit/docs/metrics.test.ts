import { expect, test } from 'vitest'
import { z } from 'zod'
import { configSchema } from '../../../src/config/config.ts'
import { figureDefinitions } from '../../../src/model/figures.ts'
import { builtInMetrics } from '../../../src/model/metric.ts'
import { agentProfileSchema, systemProfileSchema } from '../../../src/model/profile.ts'
import { blocks, documents } from '../../support/documents.ts'

test('every figure of a profile is in the catalogue of metrics or of figures', () => {
  const pathsOf = (schema: z.ZodObject, at = ''): string[] =>
    Object.entries(schema.shape).flatMap(([name, field]) => {
      const inner = field instanceof z.ZodNullable ? field.unwrap() : field
      return inner instanceof z.ZodObject ? pathsOf(inner, `${at}${name}.`) : [at + name]
    })
  const whoAndWhere = [
    'agentId',
    'kind',
    'instances',
    'configuration.version',
    'configuration.values',
    'sources',
    'origins',
    'tradeBasis',
    'market.tradeBasis',
  ]
  const lists = ['metrics', 'plausible']
  const documented = new Set([
    ...builtInMetrics.flatMap(({ name }) => [name, `selfReport.${name}`]),
    ...figureDefinitions.map(({ name }) => name),
    ...whoAndWhere,
    ...lists,
  ])
  const figures = [...pathsOf(agentProfileSchema), ...pathsOf(systemProfileSchema)]
  expect(figures).toEqual(expect.arrayContaining(figureDefinitions.map(({ name }) => name)))
  expect(figures.filter((name) => !documented.has(name))).toEqual([])
})

const examples = blocks(documents.find(({ name }) => name === 'docs/metrics.md')!, 'json').map((text) => JSON.parse(text))

test('the queries to Prometheus in docs/metrics.md are valid', () => {
  const [config] = examples.filter((example) => 'prometheus' in example)
  expect(configSchema.parse(config)).toMatchObject({ metrics: [{ name: 'queueDepth', query: expect.any(String) }] })
  const { url: _, ...without } = config.prometheus
  expect(configSchema.safeParse({ ...config, prometheus: without }).success).toBe(false)
})
