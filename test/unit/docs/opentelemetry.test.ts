import { expect, test } from 'vitest'
import { configSchema } from '../../../src/config.ts'
import { blocks, documents } from '../../support/documents.ts'

const document = documents.find(({ name }) => name === 'docs/opentelemetry.md')!

test.each(blocks(document, 'json'))('the configuration in docs/opentelemetry.md is valid: %s', (block) => {
  expect(configSchema.parse(JSON.parse(block)).telemetry).toMatchObject((JSON.parse(block) as { telemetry: object }).telemetry)
})
