import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import { z } from 'zod'
import type { OptimizerClient } from '../client/optimizer.ts'
import { retryTrial } from '../client/try.ts'
import { trialRequestBodySchema } from '../model/commands.ts'
import { identifyActor } from './access/guard.ts'
import { callTemporal } from './call-temporal.ts'
import { createRouter, idParams, jsonBody, noQuery, routeResponses, startedSchema } from './route.ts'

const retry = createRoute({
  method: 'post',
  path: '/trials/{id}/retry',
  operationId: 'retry',
  summary: 'Retry the change of an ended trial or a deferred strategy as a new trial',
  request: { query: noQuery, params: idParams, body: jsonBody(trialRequestBodySchema) },
  responses: routeResponses(startedSchema.extend({ trialId: z.string().describe('The new trial') }), 400, 404, 415, 503),
})

/** Repeats trials, for people and tools. */
export function createRetryRoute(optimizer: OptimizerClient): OpenAPIHono {
  const router = createRouter()
  router.openapi(retry, async (c) => {
    const { by, reason } = c.req.valid('json')
    const id = c.req.valid('param').id
    const { workflowId, trialId } = await callTemporal(optimizer, () => retryTrial(optimizer, id, identifyActor(c, by), reason))
    return c.json({ workflowId, trialId }, 200)
  })
  return router
}
