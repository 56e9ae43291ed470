import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { OptimizerClient } from '../client/optimizer.ts'
import { operatorNoteSchema } from '../model/commands.ts'
import { restoreOutcomeSchema } from '../model/restore-outcome.ts'
import { labelSchema } from '../model/text.ts'
import { identifyActor } from './access/guard.ts'
import { callTemporal } from './call-temporal.ts'
import { createRouter, jsonBody, noQuery, routeResponses } from './route.ts'

const endedSchema = z.object({
  outcome: restoreOutcomeSchema.describe('`given-up`, unless the restore ended by itself at that moment'),
  issues: z.array(z.string()).describe('Instances that do not have the configuration yet, and why'),
})

const giveUp = createRoute({
  method: 'post',
  path: '/restores/{id}/give-up',
  operationId: 'giveUp',
  summary: 'End a restore whose instances do not respond; each of them is restored when it returns',
  request: {
    query: noQuery,
    params: z.object({ id: labelSchema.describe('The id of the restore workflow, or of the trial') }),
    body: jsonBody(operatorNoteSchema),
  },
  responses: routeResponses(endedSchema, 400, 404, 415, 503),
})

/** Ends restores that wait for instances that do not come back. */
export function createGiveUpRoute(optimizer: OptimizerClient): OpenAPIHono {
  const router = createRouter()
  router.openapi(giveUp, async (c) => {
    const { by, reason } = c.req.valid('json')
    const note = { by: identifyActor(c, by), reason }
    return c.json(await callTemporal(optimizer, () => optimizer.giveUp(c.req.valid('param').id, note)), 200)
  })
  return router
}
