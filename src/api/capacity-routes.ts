import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { capacityForecastSchema, recommendationSchema } from '../model/capacity.ts'
import { monitoringGapSchema } from '../model/monitoring-gap.ts'
import { readCapacity, readRecommendations } from '../reading/capacity.ts'
import type { ReadContext } from '../reading/context.ts'
import { readMonitoringGaps } from '../reading/monitoring-gaps.ts'
import { createRouter, noQuery, routeResponses } from './route.ts'

const capacity = createRoute({
  method: 'get',
  path: '/capacity',
  operationId: 'capacity',
  summary: 'CPU, memory and storage usage by agent and host, with its trend and the date on which the limit is reached',
  request: { query: noQuery },
  responses: routeResponses(z.array(capacityForecastSchema), 400, 503),
})
const recommendations = createRoute({
  method: 'get',
  path: '/recommendations',
  operationId: 'recommendations',
  summary: 'The recommendations of the latest cycle, and those about instances, CPU and memory, with their evidence',
  request: { query: noQuery },
  responses: routeResponses(z.array(recommendationSchema), 400, 503),
})

const gaps = createRoute({
  method: 'get',
  path: '/gaps',
  operationId: 'gaps',
  summary: 'Periods within the last day in which hosts, processes or instances were not measured',
  request: { query: noQuery },
  responses: routeResponses(z.array(monitoringGapSchema), 400, 503),
})

export function createCapacityRoutes(context: ReadContext): OpenAPIHono {
  const router = createRouter()
  router.openapi(capacity, async (c) => c.json(await readCapacity(context), 200))
  router.openapi(recommendations, async (c) => c.json(await readRecommendations(context), 200))
  router.openapi(gaps, async (c) => c.json(await readMonitoringGaps(context), 200))
  return router
}
