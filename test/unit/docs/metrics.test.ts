import { expect, test } from 'vitest'
import { configSchema } from '../../../src/config.ts'
import { importMappingSchema } from '../../../src/model/import-mapping.ts'
import { blocks, documents } from '../../support/documents.ts'

const examples = blocks(documents.find(({ name }) => name === 'docs/metrics.md')!, 'json').map((text) => JSON.parse(text))

test('the mapping and the queries to Prometheus in docs/metrics.md are valid', () => {
  const [mapping] = examples.filter((example) => 'tables' in example)
  const [config] = examples.filter((example) => 'prometheus' in example)
  expect(importMappingSchema.parse(mapping)).toMatchObject({ tables: { agent_executions: { table: 'runs', key: 'run_id' } } })
  expect(configSchema.parse(config)).toMatchObject({ metrics: [{ name: 'queueDepth', query: expect.any(String) }] })
  const { url: _, ...without } = config.prometheus
  expect(configSchema.safeParse({ ...config, prometheus: without }).success).toBe(false)
})
