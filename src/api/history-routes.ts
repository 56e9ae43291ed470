import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { severitySchema } from '../model/bottleneck.ts'
import { standingResultSchema } from '../model/result.ts'
import { labelSchema } from '../model/text.ts'
import { verdictSchema } from '../model/trial.ts'
import { alertSchema, readAlerts } from '../reading/alerts.ts'
import { anomalyViewSchema, readAnomalies } from '../reading/anomalies.ts'
import { readBottlenecks, recordedBottleneckSchema } from '../reading/bottlenecks.ts'
import type { ReadContext } from '../reading/context.ts'
import { cycleSchema, readCycles } from '../reading/cycles.ts'
import { objectiveChangeSchema, readObjectiveHistory } from '../reading/objectives.ts'
import { policyChangeSchema, readPolicyHistory } from '../reading/policy.ts'
import { readRestores, restoreViewSchema } from '../reading/restores.ts'
import { readResults } from '../reading/results.ts'
import { createPageQuery, createRouter, limitQuery, listResponses, parseQueryTimes, periodQuery, sendPage } from './route.ts'

/** Entries of a sort, newest first; all, or those that match the query. */
const history = <Path extends string, Query extends z.ZodObject, Entry extends z.ZodType>(
  path: Path,
  { operationId, summary, query, entry }: { operationId: string; summary: string; query: Query; entry: Entry },
) => createRoute({ method: 'get', path, operationId, summary, request: { query }, responses: listResponses(entry, 400, 503) })

/** The id of an entry of a table whose ids grow. */
const rowId = z.coerce.number().int().positive()
const flag = z.enum(['true', 'false']).optional()

const cycles = history('/cycles', {
  operationId: 'cycles',
  summary: 'Cycles, newest first: all, or those that started within a period',
  query: createPageQuery(labelSchema),
  entry: cycleSchema,
})
const bottlenecks = history('/bottlenecks', {
  operationId: 'bottlenecks',
  summary: 'Bottlenecks that cycles found, newest first, each with what was done about it; optionally filtered',
  query: createPageQuery(rowId).extend({
    component: labelSchema.optional().describe('Only bottlenecks of this agent, host or other component'),
    severity: severitySchema.optional().describe('Only bottlenecks of this severity'),
    cycle: labelSchema.optional().describe('Only bottlenecks that this cycle found'),
  }),
  entry: recordedBottleneckSchema,
})
const alerts = history('/alerts', {
  operationId: 'alerts',
  summary: 'Alerts, newest first: open ones, or all, including resolved ones; optionally filtered',
  query: createPageQuery(rowId).extend({
    all: flag.describe('Include resolved alerts'),
    component: labelSchema.optional().describe('Only alerts about this agent or other component'),
  }),
  entry: alertSchema,
})
const anomalies = history('/anomalies', {
  operationId: 'anomalies',
  summary: 'Anomalies, newest first: open ones, or all, including ended and dismissed ones; optionally filtered',
  query: createPageQuery(rowId).extend({
    all: flag.describe('Include anomalies that have ended or were dismissed'),
    component: labelSchema.optional().describe('Only anomalies of this agent or other component'),
  }),
  entry: anomalyViewSchema,
})
const policyHistory = history('/policy/history', {
  operationId: 'policyHistory',
  summary: 'Changes to the policy, newest first; optionally filtered',
  query: createPageQuery(rowId).extend({ byPeople: flag.describe('Omit changes by the optimizer itself') }),
  entry: policyChangeSchema,
})
const objectiveHistory = history('/objectives/history', {
  operationId: 'objectiveHistory',
  summary: 'Changes made to objectives by command, newest first',
  query: limitQuery,
  entry: objectiveChangeSchema,
})
const results = history('/results', {
  operationId: 'results',
  summary: 'Results of trials, newest first; optionally filtered',
  query: periodQuery.extend({
    after: labelSchema.optional().describe('The `strategy.id` of the last entry of the previous page'),
    agent: labelSchema.optional().describe('Only trials on this agent'),
    verdict: verdictSchema.optional().describe('Only trials with this verdict'),
  }),
  entry: standingResultSchema,
})
const restores = history('/restores', {
  operationId: 'restores',
  summary: 'Restores of agents, running or ended, newest first; optionally filtered',
  query: createPageQuery(rowId).extend({ agent: labelSchema.optional().describe('Only restores of this agent') }),
  entry: restoreViewSchema,
})

/** What happened, newest first: lists that are read by time and page by page. */
export function createHistoryRoutes(context: ReadContext): OpenAPIHono {
  const router = createRouter()
  router.openapi(cycles, async (c) => {
    const { limit, ...filter } = parseQueryTimes(c.req.valid('query'))
    return sendPage(c, await readCycles(context, limit, filter))
  })
  router.openapi(bottlenecks, async (c) => {
    const { cycle: cycleId, ...filter } = parseQueryTimes(c.req.valid('query'))
    return sendPage(c, await readBottlenecks(context, { ...filter, cycleId }))
  })
  router.openapi(alerts, async (c) => {
    const { all, ...filter } = parseQueryTimes(c.req.valid('query'))
    return sendPage(c, await readAlerts(context, { ...filter, isOpen: all !== 'true' }))
  })
  router.openapi(anomalies, async (c) => {
    const { all, ...filter } = parseQueryTimes(c.req.valid('query'))
    return sendPage(c, await readAnomalies(context, { ...filter, isOpen: all !== 'true' }))
  })
  router.openapi(policyHistory, async (c) => {
    const { byPeople, ...filter } = parseQueryTimes(c.req.valid('query'))
    return sendPage(c, await readPolicyHistory(context, { ...filter, byPeople: byPeople === 'true' }))
  })
  router.openapi(objectiveHistory, async (c) => sendPage(c, await readObjectiveHistory(context, c.req.valid('query').limit)))
  router.openapi(results, async (c) => {
    const { agent: agentId, ...filter } = parseQueryTimes(c.req.valid('query'))
    return sendPage(c, await readResults(context, { ...filter, agentId }))
  })
  router.openapi(restores, async (c) => {
    const { agent: agentId, ...filter } = parseQueryTimes(c.req.valid('query'))
    return sendPage(c, await readRestores(context, { ...filter, agentId }))
  })
  return router
}
