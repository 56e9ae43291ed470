import { expect, test } from 'vitest'
import { configSchema } from '../../../src/config/config.ts'
import { blocks, documents } from '../../support/documents.ts'

const examples = blocks(documents.find(({ name }) => name === 'docs/metrics.md')!, 'json').map((text) => JSON.parse(text))

test('the queries to Prometheus in docs/metrics.md are valid', () => {
  const [config] = examples.filter((example) => 'prometheus' in example)
  expect(configSchema.parse(config)).toMatchObject({ metrics: [{ name: 'queueDepth', query: expect.any(String) }] })
  const { url: _, ...without } = config.prometheus
  expect(configSchema.safeParse({ ...config, prometheus: without }).success).toBe(false)
})
