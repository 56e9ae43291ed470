import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { tokenRoleSchema } from '../../model/access.ts'
import { createRouter, noQuery, routeResponses } from '../route.ts'

const access = createRoute({
  method: 'get',
  path: '/access',
  operationId: 'access',
  summary: 'The token of the request, and its role',
  request: { query: noQuery },
  responses: routeResponses(
    z.object({
      name: z.string().nullable().describe('The name of the token; null for a request on loopback that has none'),
      role: tokenRoleSchema.describe('On loopback without a token, everything is allowed'),
    }),
    400,
  ),
})

/** The permissions of clients. */
export function createAccessRoute(): OpenAPIHono {
  const router = createRouter()
  router.openapi(access, (c) => {
    const token = c.get('token')
    return c.json({ name: token?.name ?? null, role: token?.role ?? ('admin' as const) }, 200)
  })
  return router
}
