import { readFileSync } from 'node:fs'
import { Parser } from '@asyncapi/parser'
import { beforeAll, describe, expect, test } from 'vitest'
import { channels } from '../../../src/api/async-api/channels.ts'
import { buildAsyncApiDocument } from '../../../src/api/async-api/document.ts'
import type { OptimizerClient } from '../../../src/client/optimizer.ts'
import * as subjects from '../../../src/messaging/subjects.ts'
import { appOf } from '../../support/api.ts'

interface AsyncApi {
  channels: Record<string, { address: string | null }>
  operations: Record<string, { action: string; tags: { name: string }[] }>
}

describe('the AsyncAPI document', () => {
  let served: AsyncApi
  beforeAll(async () => {
    served = (await (await appOf({} as OptimizerClient).request('/asyncapi.json')).json()) as AsyncApi
  })

  test('is valid', async () => {
    const diagnostics = await new Parser().validate(JSON.stringify(served))
    // Only versions older than the newest, and what it does not need, are remarked on.
    expect(
      diagnostics.filter(({ severity }) => severity <= 1).map(({ message, path }) => `${path.join('.')}: ${message}`),
    ).toEqual([])
  })

  test('is the one in docs', () => {
    const written: unknown = JSON.parse(readFileSync(new URL('../../../docs/asyncapi.json', import.meta.url), 'utf8'))
    expect(written, 'run npx node docs/generate.ts').toEqual(served)
  })

  test('has every subject', () => {
    const all = Object.values(subjects).flatMap((subject) => {
      if (typeof subject === 'function') return [subject('{agentId}', '{instanceId}')]
      return typeof subject === 'string' ? [subject] : Object.values(subject)
    })
    const addresses = Object.values(served.channels).flatMap(({ address }) => address ?? [])
    expect(addresses.sort()).toEqual(all.sort())
  })

  test('says what each component of the platform sends or receives', () => {
    const of = (component: string) =>
      Object.entries(served.operations).flatMap(([name, { action, tags }]) =>
        tags.some((tag) => tag.name === component) ? `${action} ${name}` : [],
      )
    expect(of('monitoring agent')).toContain('receive realtimeMetrics')
    expect(of('config manager')).toEqual(['receive engineSettings'])
    expect(of('metrics agent')).toEqual(expect.arrayContaining(['send metrics', 'send profileReport', 'send bottleneckDetected']))
    expect(of('optimizing engine')).toContain('send bottleneckDetected')
    expect(of('intelligence engine')).toContain('receive profileRequest')
  })

  test('puts the prefix before every subject', () => {
    const { channels: prefixed } = buildAsyncApiDocument('acme.') as unknown as AsyncApi
    const addresses = Object.values(prefixed).flatMap(({ address }) => address ?? [])
    expect(addresses).toEqual(channels.map(({ subject }) => `acme.${subject}`))
  })
})
