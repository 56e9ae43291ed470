import { expect, test } from 'vitest'
import { telemetrySignals } from '../../../src/api/otlp/signals.ts'
import { configSchema } from '../../../src/config/config.ts'
import { telemetrySchema } from '../../../src/model/telemetry.ts'
import { blocks, documents } from '../../support/documents.ts'

const document = (path: string) => documents.find(({ name }) => name === path)!

const [requests, configurations] = [true, false].map((isRequest) =>
  blocks(document('docs/opentelemetry.md'), 'json').filter((block) => block.includes('resourceLogs') === isRequest),
) as [string[], string[]]

test.each(requests)('the score in docs/opentelemetry.md is understood: %s', (block) => {
  const read = telemetrySignals.find(({ name }) => name === 'logs')!.read(Buffer.from(block), 'json')
  const settings = telemetrySchema.parse({ evaluations: { Relevance: 'qualityScore' } })
  const { contributions, refusals } = read(settings, Date.now(), () => undefined)
  expect(contributions).toMatchObject([{ isScore: true, metrics: { qualityScore: 0.92 } }])
  expect(refusals.count).toBe(0)
})

test.each(configurations)('the configuration in docs/opentelemetry.md is valid: %s', (block) => {
  expect(configSchema.parse(JSON.parse(block)).telemetry).toMatchObject((JSON.parse(block) as { telemetry: object }).telemetry)
})

const ofSettings = blocks(document('docs/settings.md'), 'json').filter((block) => /"(telemetry|restarts)"/.test(block))
test.each(ofSettings)('the configuration in docs/settings.md is valid: %s', (block) => {
  expect(configSchema.safeParse(JSON.parse(block)).error?.issues).toBeUndefined()
})
