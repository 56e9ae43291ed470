import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { OptimizerClient } from '../client/optimizer.ts'
import { rollbackRequestBodySchema } from '../model/commands.ts'
import { identifyActor } from './access/guard.ts'
import { callTemporal } from './call-temporal.ts'
import { createRouter, idParams, jsonBody, noQuery, routeResponses } from './route.ts'

const rollBackStartedSchema = z.object({
  workflowId: z
    .string()
    .nullable()
    .describe('The workflow that restores the previous values; null if the change was already undone'),
})

const rollBack = createRoute({
  method: 'post',
  path: '/trials/{id}/rollback',
  operationId: 'rollBack',
  summary: 'End a running trial and roll it back, or undo one that was kept',
  request: { query: noQuery, params: idParams, body: jsonBody(rollbackRequestBodySchema) },
  responses: routeResponses(rollBackStartedSchema, 400, 404, 415, 503),
})

/** Rolls back trials, for people and tools. */
export function createRollBackRoute(optimizer: OptimizerClient): OpenAPIHono {
  const router = createRouter()
  router.openapi(rollBack, async (c) => {
    const { by, reason, harmful } = c.req.valid('json')
    const id = c.req.valid('param').id
    const { workflowId } = await callTemporal(optimizer, () => optimizer.rollBack(id, identifyActor(c, by), reason, harmful))
    return c.json({ workflowId }, 200)
  })
  return router
}
