import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import { auditPageSchema, auditQuerySchema } from '../model/audit.ts'
import { readAudit } from '../reading/audit.ts'
import type { ReadContext } from '../reading/context.ts'
import { createRouter, routeResponses } from './route.ts'

const audit = createRoute({
  method: 'get',
  path: '/audit',
  operationId: 'audit',
  summary: 'Every decision, command and change: who made it, when and why; newest first, page by page',
  request: { query: auditQuerySchema },
  responses: routeResponses(auditPageSchema, 400, 503),
})

/** The audit log. */
export function createAuditRoute(context: ReadContext): OpenAPIHono {
  const router = createRouter()
  router.openapi(audit, async (c) => c.json(await readAudit(context, c.req.valid('query')), 200))
  return router
}
