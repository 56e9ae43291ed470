import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { dateTimeSchema } from '../model/date-time.ts'
import { engineSettingsSchema } from '../model/engine-settings.ts'
import { explanationSchema } from '../model/explanation.ts'
import { standingResultSchema } from '../model/result.ts'
import { labelSchema } from '../model/text.ts'
import { verdictSchema } from '../model/trial.ts'
import { agentViewSchema, readAgentPage } from '../reading/agents.ts'
import { alertSchema, readAlerts } from '../reading/alerts.ts'
import { approvalViewSchema, readApprovals } from '../reading/approvals.ts'
import { componentFilterSchema, componentViewSchema, readComponents } from '../reading/components.ts'
import { readConfigurations, versionViewSchema } from '../reading/configurations.ts'
import type { ReadContext } from '../reading/context.ts'
import { cycleSchema, cycleViewSchema, readCycle, readCycles } from '../reading/cycles.ts'
import { readEngineSettings } from '../reading/engine-settings.ts'
import { explain } from '../reading/explain.ts'
import { learningReportSchema, readLearning } from '../reading/learning.ts'
import type { Page } from '../reading/list-extent.ts'
import {
  agentMetricsSchema,
  readBottlenecks,
  readMetrics,
  readMetricsPage,
  recordedBottleneckSchema,
} from '../reading/metrics.ts'
import { objectiveChangeSchema, objectiveViewSchema, readObjectiveHistory, readObjectives } from '../reading/objectives.ts'
import { policyChangeSchema, policyFieldSchema, readPolicyFields, readPolicyHistory } from '../reading/policy.ts'
import { createRecentReader } from '../reading/recent-reading.ts'
import { readRestores, restoreViewSchema } from '../reading/restores.ts'
import { readResults } from '../reading/results.ts'
import { readStatus, statusSchema } from '../reading/status.ts'
import { readTrial, trialViewSchema } from '../reading/trials.ts'
import {
  createRouter,
  cycleQuery,
  historyQuery,
  idParams,
  limitQuery,
  listResponses,
  noQuery,
  responses,
  toPeriod,
  totalHeader,
} from './route.ts'

/** Everything of its sort. */
const whole = <Path extends string, Schema extends z.ZodType>(path: Path, operationId: string, summary: string, answer: Schema) =>
  createRoute({
    method: 'get',
    path,
    operationId,
    summary,
    request: { query: noQuery },
    responses: responses(answer, 400, 503),
  })

/** The newest entries of a list. */
const newest = <Path extends string, Schema extends z.ZodType>(path: Path, operationId: string, summary: string, entry: Schema) =>
  createRoute({
    method: 'get',
    path,
    operationId,
    summary,
    request: { query: limitQuery },
    responses: listResponses(entry, 400, 503),
  })

/** Which part of the agents, by id, is requested. @param usual the default number */
const rangeQuery = (usual: number) =>
  z.strictObject({
    limit: z.coerce.number().int().min(1).max(1_000).default(usual).describe('Maximum number of agents'),
    after: labelSchema.optional().describe('The id of the last agent of the previous page'),
  })

/** One by its id. */
const one = <Path extends string, Schema extends z.ZodType>(path: Path, operationId: string, summary: string, answer: Schema) =>
  createRoute({
    method: 'get',
    path,
    operationId,
    summary,
    request: { query: noQuery, params: idParams },
    responses: responses(answer, 400, 404, 503),
  })

const status = whole(
  '/status',
  'status',
  'The current state: policy, agents, running trials and restores, approvals, latest results, alerts',
  statusSchema,
)
const agents = createRoute({
  method: 'get',
  path: '/agents',
  operationId: 'agents',
  summary: 'The agents by id, page by page: knobs, proven configuration, instances, latest profile',
  request: { query: rangeQuery(100) },
  responses: listResponses(agentViewSchema, 400, 503),
})
const configurations = createRoute({
  method: 'get',
  request: { query: limitQuery, params: idParams },
  path: '/agents/{id}/configurations',
  operationId: 'configurations',
  summary: 'The configurations of an agent: when and why each came into force, newest first',
  responses: listResponses(versionViewSchema, 400, 404, 503),
})
const rowId = z.coerce.number().int().positive()
const cycles = createRoute({
  method: 'get',
  path: '/cycles',
  operationId: 'cycles',
  summary: 'The cycles, newest first; all, or those that started within a time',
  request: { query: historyQuery(labelSchema) },
  responses: listResponses(cycleSchema, 400, 503),
})
const cycle = createRoute({
  method: 'get',
  path: '/cycles/{id}',
  operationId: 'cycle',
  summary: 'One cycle with its bottlenecks, strategies and trials so far',
  request: { query: cycleQuery, params: idParams },
  responses: responses(cycleViewSchema, 400, 404, 503),
})
const approvals = whole('/approvals', 'approvals', 'The open requests for approval, oldest first', z.array(approvalViewSchema))
const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  operationId: 'metrics',
  summary: 'What is known about the agents now, by metric and instance; page by page',
  request: { query: rangeQuery(20) },
  responses: listResponses(agentMetricsSchema, 400, 503),
})
const agentMetrics = one(
  '/agents/{id}/metrics',
  'agentMetrics',
  'What is known about one agent now, by metric and instance',
  agentMetricsSchema,
)
const bottlenecks = createRoute({
  method: 'get',
  path: '/bottlenecks',
  operationId: 'bottlenecks',
  summary: 'The bottlenecks that cycles found, newest first; all, or those that match',
  request: {
    query: historyQuery(rowId).extend({
      component: labelSchema.optional().describe('Only those of this agent, host or other component'),
      cycle: labelSchema.optional().describe('Only those that this cycle found'),
    }),
  },
  responses: listResponses(recordedBottleneckSchema, 400, 503),
})
const alerts = createRoute({
  method: 'get',
  path: '/alerts',
  operationId: 'alerts',
  summary: 'The alerts that match, newest first: the open ones, or all that were raised, also those whose cause has ended',
  request: {
    query: historyQuery(rowId).extend({
      all: z.enum(['true', 'false']).optional().describe('Include those that were resolved'),
      component: labelSchema.optional().describe('Only those about this agent or other component'),
    }),
  },
  responses: listResponses(alertSchema, 400, 503),
})
const components = createRoute({
  method: 'get',
  path: '/components',
  operationId: 'components',
  summary: 'Hosts, processes and components measured by other programs within a day: status and newest reading; worst first',
  request: { query: limitQuery.extend(componentFilterSchema.shape) },
  responses: listResponses(componentViewSchema, 400, 503),
})
const engineSettings = whole(
  '/engine-settings',
  'engineSettings',
  'The parameters of the performance engine in force',
  engineSettingsSchema,
)
const policy = whole(
  '/policy',
  'policy',
  'The policy in force: every field, when and why it was set, and by whom',
  z.array(policyFieldSchema),
)
const policyHistory = createRoute({
  method: 'get',
  path: '/policy/history',
  operationId: 'policyHistory',
  summary: 'Changes to the policy, newest first; all, or those that match',
  request: {
    query: historyQuery(rowId).extend({
      byPeople: z.enum(['true', 'false']).optional().describe('Leave out the changes of the optimizer itself'),
    }),
  },
  responses: listResponses(policyChangeSchema, 400, 503),
})
const objectives = whole(
  '/objectives',
  'objectives',
  'The objectives in force: their agents, and who set them, when and why',
  z.array(objectiveViewSchema),
)
const objectiveHistory = newest(
  '/objectives/history',
  'objectiveHistory',
  'Changes made to objectives by command, newest first',
  objectiveChangeSchema,
)
const results = createRoute({
  method: 'get',
  path: '/results',
  operationId: 'results',
  summary: 'The results of trials, newest first; all, or those that match',
  request: {
    query: limitQuery.extend({
      agent: labelSchema.optional().describe('Only trials on this agent'),
      verdict: verdictSchema.optional().describe('Only trials with this verdict'),
      since: dateTimeSchema.optional().describe('Only trials that ended at this time or later'),
      until: dateTimeSchema.optional().describe('Only trials that ended before this time'),
    }),
  },
  responses: listResponses(standingResultSchema, 400, 503),
})
const trial = one(
  '/trials/{id}',
  'trial',
  'One trial, with the observations behind its verdict once it has ended',
  trialViewSchema,
)
const explanation = one(
  '/explanations/{id}',
  'explanation',
  'An explanation of a trial, a strategy or an agent in plain sentences',
  explanationSchema,
)
const restores = createRoute({
  method: 'get',
  path: '/restores',
  operationId: 'restores',
  summary: 'The restores of agents, running or ended, newest first; all, or those that match',
  request: { query: historyQuery(rowId).extend({ agent: labelSchema.optional().describe('Only those of this agent') }) },
  responses: listResponses(restoreViewSchema, 400, 503),
})
const learning = whole('/learning', 'learning', 'The lessons of all trials', learningReportSchema)

/** The read model as JSON, for people and tools. */
export function createReadRoutes(context: ReadContext): OpenAPIHono {
  const router = createRouter()
  const readRecentLearning = createRecentReader(() => readLearning(context))
  router.openapi(status, async (c) => c.json(await readStatus(context), 200))
  router.openapi(agents, async (c) => sendPage(c, await readAgentPage(context, c.req.valid('query'))))
  router.openapi(configurations, async (c) =>
    sendPage(c, await readConfigurations(context, c.req.valid('param').id, c.req.valid('query').limit)),
  )
  router.openapi(cycles, async (c) => {
    const { limit, after, ...period } = c.req.valid('query')
    return sendPage(c, await readCycles(context, limit, { after, ...toPeriod(period) }))
  })
  router.openapi(cycle, async (c) => c.json(await readCycle(context, c.req.valid('param').id, c.req.valid('query').limit), 200))
  router.openapi(approvals, async (c) => c.json(await readApprovals(context), 200))
  router.openapi(metrics, async (c) => sendPage(c, await readMetricsPage(context, c.req.valid('query'))))
  router.openapi(agentMetrics, async (c) => c.json((await readMetrics(context, c.req.valid('param').id))[0]!, 200))
  router.openapi(bottlenecks, async (c) => {
    const { cycle: cycleId, limit, after, component, ...period } = c.req.valid('query')
    return sendPage(c, await readBottlenecks(context, { limit, after, component, cycleId, ...toPeriod(period) }))
  })
  router.openapi(alerts, async (c) => {
    const { all, limit, after, component, ...period } = c.req.valid('query')
    return sendPage(c, await readAlerts(context, limit, all === 'true', { after, component, ...toPeriod(period) }))
  })
  router.openapi(components, async (c) => sendPage(c, await readComponents(context, c.req.valid('query'))))
  router.openapi(engineSettings, async (c) => c.json(await readEngineSettings(context), 200))
  router.openapi(policy, async (c) => c.json(await readPolicyFields(context), 200))
  router.openapi(policyHistory, async (c) => {
    const { byPeople, limit, after, ...period } = c.req.valid('query')
    const filter = { after, byPeople: byPeople === 'true', ...toPeriod(period) }
    return sendPage(c, await readPolicyHistory(context, limit, filter))
  })
  router.openapi(objectives, async (c) => c.json(await readObjectives(context), 200))
  router.openapi(objectiveHistory, async (c) => sendPage(c, await readObjectiveHistory(context, c.req.valid('query').limit)))
  router.openapi(results, async (c) => {
    const { limit, agent: agentId, verdict, ...period } = c.req.valid('query')
    return sendPage(c, await readResults(context, { limit, agentId, verdict, ...toPeriod(period) }))
  })
  router.openapi(trial, async (c) => c.json(await readTrial(context, c.req.valid('param').id), 200))
  router.openapi(explanation, async (c) => c.json(await explain(context, c.req.valid('param').id), 200))
  router.openapi(restores, async (c) => {
    const { agent: agentId, limit, after, ...period } = c.req.valid('query')
    return sendPage(c, await readRestores(context, { limit, after, agentId, ...toPeriod(period) }))
  })
  router.openapi(learning, async (c) => c.json(await readRecentLearning(), 200))
  return router
}

const sendPage = <Entry>(c: Context, { items, total }: Page<Entry>) => c.json(items, 200, { [totalHeader]: String(total) })
