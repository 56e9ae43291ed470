import { beforeAll, describe, expect, test } from 'vitest'
import { computeSchemaKey, dereferenceSchemas, insertSchemaReferences } from '../../../src/api/schema-references.ts'
import type { OptimizerClient } from '../../../src/client/optimizer.ts'
import { appOf, findContradictions, listOperations, listRoutes, type OpenApiDocument } from '../../support/api.ts'

const app = appOf({} as OptimizerClient)
const post = (path: string, body: string) =>
  app.request(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })

describe('the OpenAPI document', () => {
  let document: OpenApiDocument
  beforeAll(async () => {
    document = (await (await app.request('/openapi.json')).json()) as OpenApiDocument
  })

  test('has every route, and no other', () => {
    expect(listOperations(document)).toEqual(listRoutes())
  })

  test('describes the subject, the responses and the errors of every route', () => {
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods))
    for (const operation of operations)
      expect(operation).toMatchObject({ summary: expect.stringMatching(/\w+ \w+/), responses: { 200: { content: {} } } })
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length)
  })

  test('has one name for each shape, and refers to it everywhere', () => {
    const { schemas } = document.components
    const inlined = Object.values(dereferenceSchemas(schemas, schemas)).map(computeSchemaKey)
    expect(new Set(inlined).size).toBe(inlined.length)
    const used = new Set([...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name))
    expect(Object.keys(schemas).filter((name) => !used.has(name))).toEqual([])
  })

  test('describes the same whether shapes are named or written out', () => {
    const shapes = {
      Point: { type: 'object', properties: { x: { type: 'number' } }, required: ['x'] },
      Side: { type: 'string', enum: ['a', 'b'] },
    }
    const whole = {
      first: { ...shapes.Point, description: 'its own' },
      perhaps: { type: ['string', 'null'], enum: ['a', 'b', null] },
      list: { type: 'array', items: { properties: { x: { type: 'number' } }, required: ['x'], type: 'object' } },
      other: { type: 'object', properties: { y: { type: 'number' } } },
    }
    const { components, ...named } = insertSchemaReferences(whole, shapes)
    expect(named).toEqual({
      first: { $ref: '#/components/schemas/Point', description: 'its own' },
      perhaps: { anyOf: [{ $ref: '#/components/schemas/Side' }, { type: 'null' }] },
      list: { type: 'array', items: { $ref: '#/components/schemas/Point' } },
      other: whole.other,
    })
    expect(dereferenceSchemas(named, components.schemas)).toEqual({
      ...whole,
      perhaps: { anyOf: [shapes.Side, { type: 'null' }] },
    })
  })

  test('does not accept a response that lacks a field, or has an undocumented one', () => {
    const health = (answer: unknown) => findContradictions(document, 'GET /healthz', 200, answer)
    expect(health({ database: true, nats: true })).toEqual([])
    expect(health({ database: true })).toEqual([expect.stringContaining('nats')])
    expect(health({ database: true, nats: true, temporal: true })).toEqual([expect.stringContaining('temporal')])
  })
})

test('the reference is a page with every route, and without scripts', async () => {
  const response = await app.request('/reference')
  const page = await response.text()
  for (const route of listRoutes()) expect(page).toContain(`<code>${route}</code>`)
  expect(response.headers.get('content-type')).toContain('text/html')
  expect(page).not.toContain('<script')
})

describe('a request', () => {
  test.each([
    ['/api/cycles?most=3', 'most'],
    ['/api/agents?kind=hunter', 'kind'],
    ['/healthz?verbose', 'verbose'],
  ])('to %s is refused for an unknown query parameter', async (path, name) => {
    const response = await app.request(path)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      error: { code: 'invalid-request', message: expect.stringContaining(`"${name}"`) },
    })
  })

  test.each([
    ['/api/cycles', { targets: 'hunter' }, 'targets'],
    ['/api/restores', { agentId: 'hunter', to: 1, by: 'ada', why: 'x' }, 'why'],
    ['/api/trials/opt_1_a/approval', { approve: true, by: 'ada', note: 'x' }, 'note'],
    ['/api/trials/opt_1_a/keep', { by: 'ada', trialId: 'opt_1_a' }, 'trialId'],
    ['/api/commands', { command: { type: 'pause', agentId: 'hunter' }, by: 'ada', reason: '' }, 'agentId'],
  ])('to %s is refused for an unknown field', async (path, body, name) => {
    const response = await post(path, JSON.stringify(body))
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      error: { code: 'invalid-request', message: expect.stringContaining(`"${name}"`) },
    })
  })

  test('that is not JSON is refused as such', async () => {
    expect(await (await post('/api/cycles', '{')).json()).toMatchObject({
      error: { code: 'invalid-request', message: expect.stringContaining('not valid JSON') },
    })
  })
})
