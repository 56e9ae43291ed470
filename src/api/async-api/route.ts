import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { OptimizerClient } from '../../client/optimizer.ts'
import { createRouter, noQuery, routeResponses } from '../route.ts'
import { buildAsyncApiDocument } from './document.ts'

const asyncApi = createRoute({
  method: 'get',
  path: '/asyncapi.json',
  operationId: 'asyncApi',
  summary: 'Every message over NATS, as an AsyncAPI document',
  request: { query: noQuery },
  responses: routeResponses(z.looseObject({ asyncapi: z.string() }), 400),
})

export function createAsyncApiRoute(optimizer: Pick<OptimizerClient, 'config'>): OpenAPIHono {
  const router = createRouter()
  router.openapi(asyncApi, (c) => c.json(buildAsyncApiDocument(optimizer.config?.nats.subjectPrefix), 200))
  return router
}
