import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { labelSchema } from '../model/text.ts'
import { agentTrialSchema, metricSeriesSchema, readAgentTrials, readMetricSeries } from '../reading/agent-series.ts'
import { agentDetailsSchema, readAgent } from '../reading/agent-view.ts'
import type { ReadContext } from '../reading/context.ts'
import { plannedStrategySchema, readCycleStrategies } from '../reading/cycle-strategies.ts'
import { fleetDetailsSchema, readFleetDetails } from '../reading/fleet-details.ts'
import { createFleetReader, fleetPageSchema, fleetQuerySchema } from '../reading/fleet-page.ts'
import { forecastsSchema, readForecasts } from '../reading/forecasts.ts'
import { identityViewSchema, readIdentityInForce } from '../reading/identity.ts'
import { limitsViewSchema, readLimitsView } from '../reading/limits.ts'
import { readSummary, summarySchema } from '../reading/summary.ts'
import { createTrialSeriesReader, trialSeriesSchema } from '../reading/trial-series.ts'
import { createRouter, cycleQuery, idParams, limitQuery, listResponses, noQuery, routeResponses, totalHeader } from './route.ts'

const maxInView = 100

const get = <Path extends string, Schema extends z.ZodType>(path: Path, operationId: string, summary: string, answer: Schema) =>
  createRoute({
    method: 'get',
    path,
    operationId,
    summary,
    request: { query: noQuery },
    responses: routeResponses(answer, 400, 503),
  })

const one = <Path extends string, Schema extends z.ZodType>(path: Path, operationId: string, summary: string, answer: Schema) =>
  createRoute({
    method: 'get',
    path,
    operationId,
    summary,
    request: { query: noQuery, params: idParams },
    responses: routeResponses(answer, 400, 404, 503),
  })

const summary = get('/summary', 'summary', 'A summary of the current activity', summarySchema)
const fleet = createRoute({
  method: 'get',
  path: '/fleet',
  operationId: 'fleet',
  summary: 'One line per agent, page by page: health, main metric, and whether a trial is running',
  request: { query: fleetQuerySchema },
  responses: routeResponses(fleetPageSchema, 400, 503),
})
const fleetDetails = createRoute({
  method: 'get',
  path: '/fleet/details',
  operationId: 'fleetDetails',
  summary: 'Some agents in more detail: metrics with their history, the running trial, or why nothing is being tried',
  request: {
    query: z.strictObject({
      agents: z
        .string()
        .transform((list) => list.split(','))
        .pipe(z.array(labelSchema).min(1).max(maxInView))
        .describe(`Ids separated by commas, at most ${maxInView}; unknown ones are omitted`),
    }),
  },
  responses: routeResponses(fleetDetailsSchema, 400, 503),
})
const limits = get(
  '/limits',
  'limits',
  "The operator's limits in force, the open freeze windows, and the levels of aggressiveness",
  limitsViewSchema,
)
const identity = get(
  '/identity',
  'identity',
  'The goals and traits of the optimizer, and the current effect of each trait on planning',
  identityViewSchema,
)
const agent = one(
  '/agents/{id}',
  'agent',
  'One agent: objective, knobs, instances, bottlenecks, and what was learned from its trials',
  agentDetailsSchema,
)
const forecasts = one(
  '/agents/{id}/forecasts',
  'forecasts',
  "Forecasts of the metrics of an agent's objective, and when they cross a limit",
  forecastsSchema,
)
const series = one(
  '/trials/{id}/series',
  'trialSeries',
  'The series of a trial: what the judge saw, both arms, guardrails',
  trialSeriesSchema,
)
const strategies = createRoute({
  method: 'get',
  path: '/cycles/{id}/strategies',
  operationId: 'cycleStrategies',
  summary: 'The strategies of a cycle in rank order, with the outcome of each',
  request: { query: cycleQuery, params: idParams },
  responses: listResponses(plannedStrategySchema, 400, 404, 503),
})
const agentTrials = createRoute({
  method: 'get',
  path: '/agents/{id}/trials',
  operationId: 'agentTrials',
  summary: 'The trials of an agent with their results, newest first',
  request: { query: limitQuery, params: idParams },
  responses: listResponses(agentTrialSchema, 400, 404, 503),
})
const metricSeries = createRoute({
  method: 'get',
  path: '/agents/{id}/series',
  operationId: 'metricSeries',
  summary: "The metrics of an agent's objective over time",
  request: {
    query: z.strictObject({
      hours: z.coerce.number().positive().max(400).optional().describe('Number of hours to look back; 24 by default'),
    }),
    params: idParams,
  },
  responses: routeResponses(metricSeriesSchema, 400, 404, 503),
})

/** The additional routes that the dashboard needs: lists for large fleets, and trials and metrics over time. */
export function createDashboardRoutes(context: ReadContext): OpenAPIHono {
  const router = createRouter()
  const readSeries = createTrialSeriesReader(context)
  const readFleetPage = createFleetReader(context)
  router.openapi(summary, async (c) => c.json(await readSummary(context), 200))
  router.openapi(fleet, async (c) => c.json(await readFleetPage(c.req.valid('query')), 200))
  router.openapi(fleetDetails, async (c) => c.json(await readFleetDetails(context, c.req.valid('query').agents), 200))
  router.openapi(limits, (c) => c.json(readLimitsView(context), 200))
  router.openapi(identity, async (c) => c.json(await readIdentityInForce(context), 200))
  router.openapi(agent, async (c) => c.json(await readAgent(context, c.req.valid('param').id), 200))
  router.openapi(forecasts, async (c) => c.json(await readForecasts(context, c.req.valid('param').id), 200))
  router.openapi(series, async (c) => c.json(await readSeries(c.req.valid('param').id), 200))
  router.openapi(strategies, async (c) => {
    const { items, total } = await readCycleStrategies(context, c.req.valid('param').id, c.req.valid('query').limit)
    return c.json(items, 200, { [totalHeader]: String(total) })
  })
  router.openapi(agentTrials, async (c) => {
    const { items, total } = await readAgentTrials(context, c.req.valid('param').id, c.req.valid('query').limit)
    return c.json(items, 200, { [totalHeader]: String(total) })
  })
  router.openapi(metricSeries, async (c) =>
    c.json(await readMetricSeries(context, c.req.valid('param').id, c.req.valid('query').hours), 200),
  )
  return router
}
