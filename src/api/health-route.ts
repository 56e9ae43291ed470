import { setTimeout as delay } from 'node:timers/promises'
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { createRouter, jsonResponse, noQuery, routeResponses } from './route.ts'

const answerWithinMs = 2_000
const healthSchema = z.object({ database: z.boolean(), nats: z.boolean() })

const health = createRoute({
  method: 'get',
  path: '/healthz',
  operationId: 'health',
  summary: 'Whether the database and messaging are reachable',
  request: { query: noQuery },
  responses: {
    ...routeResponses(healthSchema, 400),
    200: jsonResponse('Both are reachable', healthSchema),
    503: jsonResponse('The database or messaging is not reachable', healthSchema),
  },
})

/** 200 if PostgreSQL and NATS answer, otherwise 503. @param checks resolve if the server answers */
export function createHealthRoute(checks: Record<'database' | 'nats', () => Promise<unknown>>): OpenAPIHono {
  const router = createRouter()
  let checking: Promise<[database: boolean, nats: boolean]> | undefined
  // Concurrent requests share a check: anyone may send them, and they are not rate-limited.
  const check = () => {
    checking ??= Promise.all([respondsInTime(checks.database()), respondsInTime(checks.nats())]).finally(() => {
      checking = undefined
    })
    return checking
  }
  router.openapi(health, async (c) => {
    const [database, nats] = await check()
    return c.json({ database, nats }, database && nats ? 200 : 503)
  })
  return router
}

async function respondsInTime(round: Promise<unknown>): Promise<boolean> {
  const answered = round.then(
    () => true,
    () => false,
  )
  return Promise.race([answered, delay(answerWithinMs, false, { ref: false })])
}
