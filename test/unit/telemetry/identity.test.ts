import { expect, test } from 'vitest'
import { telemetrySchema } from '../../../src/model/telemetry.ts'
import { Attributes } from '../../../src/telemetry/attributes.ts'
import { readResource, toTelemetryInstance } from '../../../src/telemetry/identity.ts'

const startedAt = (created: string) => {
  const attributes = { 'service.name': 'hunter', 'process.pid': '1', 'process.creation.time': created }
  const values = Object.entries(attributes).map(([key, value]) => ({ key, value: { value: { case: 'stringValue', value } } }))
  const resource = readResource(new Attributes(values as never), telemetrySchema.parse({}))
  return toTelemetryInstance(resource.agent!, resource).startedAt
}

test.each([
  ['2026-11-29T04:00:00.5Z', Date.UTC(2026, 10, 29, 4, 0, 0, 500)],
  ['this morning', undefined],
  ['', undefined],
])('a process whose creation time is %j began at %j', (created, expected) => {
  expect(startedAt(created)).toBe(expected)
})
