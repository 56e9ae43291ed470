import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { maxPayloadBytes } from '../../src/model/payload.ts'
import { listPayloads, secrets } from '../support/payloads.ts'
import { histories, recordedHistories } from './histories.ts'

const payloadsOf = (name: string) => listPayloads(JSON.parse(readFileSync(new URL(`${name}.json`, histories), 'utf8')))

test.each(recordedHistories().map(({ workflowId }) => workflowId))('the payloads of %s are small and hold no secret', (name) => {
  const payloads = payloadsOf(name)
  expect(payloads.filter((text) => secrets.test(text) || Buffer.byteLength(text) > maxPayloadBytes)).toEqual([])
})

test('a plan for many agents fills several payloads', () => {
  const large = payloadsOf('cycle-with-many-agents').filter((text) => Buffer.byteLength(text) > maxPayloadBytes / 2)
  expect(large.length).toBeGreaterThan(3)
})
