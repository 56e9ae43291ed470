import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import type { OptimizerClient } from '../client/optimizer.ts'
import { undo, undoOutcomeSchema } from '../client/undo.ts'
import { undoRequestSchema } from '../model/undo.ts'
import { identifyActor } from './access/guard.ts'
import { callTemporal } from './call-temporal.ts'
import { createRouter, jsonBody, noQuery, routeResponses } from './route.ts'

const route = createRoute({
  method: 'post',
  path: '/undo',
  operationId: 'undo',
  summary:
    'Undo what a trial changed, or what happened to an agent or the whole fleet since a time; with dryRun, show what would change',
  request: { query: noQuery, body: jsonBody(undoRequestSchema) },
  responses: routeResponses(undoOutcomeSchema, 400, 404, 415, 503),
})

/** Undoing changes. */
export function createUndoRoute(optimizer: OptimizerClient): OpenAPIHono {
  const router = createRouter()
  router.openapi(route, async (c) => {
    const request = c.req.valid('json')
    const signed = { ...request, by: identifyActor(c, request.by) }
    const { planned, started, failed } = await undo(optimizer, signed, (start) => callTemporal(optimizer, start))
    return c.json({ planned, failed, started: started.map(({ agentId, workflowId }) => ({ agentId, workflowId })) }, 200)
  })
  return router
}
