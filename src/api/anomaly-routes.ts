import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { dismissAnomaly, recordDeployment } from '../client/anomalies.ts'
import type { OptimizerClient } from '../client/optimizer.ts'
import { alertAcknowledgementSchema } from '../model/commands.ts'
import { deploymentRequestSchema } from '../model/deployment.ts'
import { anomalyCoverageSchema, readAnomalyCoverage } from '../reading/anomaly-coverage.ts'
import { identifyActor } from './access/guard.ts'
import { createRouter, jsonBody, noQuery, routeResponses } from './route.ts'

const coverage = createRoute({
  method: 'get',
  path: '/anomalies/coverage',
  operationId: 'anomalyCoverage',
  summary: 'How many metric series are watched for anomalies, and how many of them still have too few values',
  request: { query: noQuery },
  responses: routeResponses(anomalyCoverageSchema, 400, 503),
})
const dismiss = createRoute({
  method: 'post',
  path: '/anomalies/{id}/dismissal',
  operationId: 'dismissAnomaly',
  summary: 'Dismiss a false alarm; from then on, similar anomalies must be stronger to be reported',
  request: {
    query: noQuery,
    params: z.object({ id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) }),
    body: jsonBody(alertAcknowledgementSchema),
  },
  responses: routeResponses(z.object({ id: z.int() }), 400, 404, 415, 503),
})
const deployment = createRoute({
  method: 'post',
  path: '/deployments',
  operationId: 'recordDeployment',
  summary: 'Report a deployment, which may explain later changes',
  request: { query: noQuery, body: jsonBody(deploymentRequestSchema) },
  responses: routeResponses(z.object({ id: z.int() }), 400, 415, 503),
})

/** What anomalies are looked for in, and what people report: false alarms, and deployments as possible triggers. */
export function createAnomalyRoutes(optimizer: OptimizerClient): OpenAPIHono {
  const router = createRouter()
  router.openapi(coverage, async (c) => c.json(await readAnomalyCoverage(optimizer), 200))
  router.openapi(dismiss, async (c) => {
    const { id } = c.req.valid('param')
    const note = c.req.valid('json')
    await dismissAnomaly(optimizer, id, { ...note, by: identifyActor(c, note.by) })
    return c.json({ id }, 200)
  })
  router.openapi(deployment, async (c) => {
    const request = c.req.valid('json')
    return c.json({ id: await recordDeployment(optimizer, { ...request, by: identifyActor(c, request.by) }) }, 200)
  })
  return router
}
