import { expect, test } from 'vitest'
import { configSchema } from '../../../src/config.ts'
import { blocks, documents } from '../../support/documents.ts'

const document = (path: string) => documents.find(({ name }) => name === path)!

test.each(blocks(document('docs/opentelemetry.md'), 'json'))(
  'the configuration in docs/opentelemetry.md is valid: %s',
  (block) => {
    expect(configSchema.parse(JSON.parse(block)).telemetry).toMatchObject((JSON.parse(block) as { telemetry: object }).telemetry)
  },
)

const configurations = blocks(document('docs/settings.md'), 'json').filter((block) => /"(telemetry|restarts)"/.test(block))
test.each(configurations)('the configuration in docs/settings.md is valid: %s', (block) => {
  expect(configSchema.safeParse(JSON.parse(block)).error?.issues).toBeUndefined()
})
