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
import { readResults } from '../reading/results.ts'
import { readStatus, statusSchema } from '../reading/status.ts'
import { readTrial, trialViewSchema } from '../reading/trials.ts'
import { createRouter, idParams, limitQuery, listResponses, noQuery, responses, totalHeader } from './route.ts'

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
const cycles = newest('/cycles', 'cycles', 'The latest cycles, newest first', cycleSchema)
const cycle = one('/cycles/{id}', 'cycle', 'One cycle with its bottlenecks, strategies and trials so far', cycleViewSchema)
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
const bottlenecks = newest(
  '/bottlenecks',
  'bottlenecks',
  'The bottlenecks that cycles found, newest first',
  recordedBottleneckSchema,
)
const alerts = newest('/alerts', 'alerts', 'The open alerts, newest first', alertSchema)
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
const policyHistory = newest('/policy/history', 'policyHistory', 'Changes to the policy, newest first', policyChangeSchema)
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
  router.openapi(cycles, async (c) => sendPage(c, await readCycles(context, c.req.valid('query').limit)))
  router.openapi(cycle, async (c) => c.json(await readCycle(context, c.req.valid('param').id), 200))
  router.openapi(approvals, async (c) => c.json(await readApprovals(context), 200))
  router.openapi(metrics, async (c) => sendPage(c, await readMetricsPage(context, c.req.valid('query'))))
  router.openapi(agentMetrics, async (c) => c.json((await readMetrics(context, c.req.valid('param').id))[0]!, 200))
  router.openapi(bottlenecks, async (c) => sendPage(c, await readBottlenecks(context, c.req.valid('query'))))
  router.openapi(alerts, async (c) => sendPage(c, await readAlerts(context, c.req.valid('query').limit)))
  router.openapi(components, async (c) => sendPage(c, await readComponents(context, c.req.valid('query'))))
  router.openapi(engineSettings, async (c) => c.json(await readEngineSettings(context), 200))
  router.openapi(policy, async (c) => c.json(await readPolicyFields(context), 200))
  router.openapi(policyHistory, async (c) => sendPage(c, await readPolicyHistory(context, c.req.valid('query').limit)))
  router.openapi(objectives, async (c) => c.json(await readObjectives(context), 200))
  router.openapi(objectiveHistory, async (c) => sendPage(c, await readObjectiveHistory(context, c.req.valid('query').limit)))
  router.openapi(results, async (c) => {
    const { limit, agent: agentId, verdict, since, until } = c.req.valid('query')
    const toDate = (time: string | undefined) => (time === undefined ? undefined : new Date(time))
    return sendPage(c, await readResults(context, { limit, agentId, verdict, since: toDate(since), until: toDate(until) }))
  })
  router.openapi(trial, async (c) => c.json(await readTrial(context, c.req.valid('param').id), 200))
  router.openapi(explanation, async (c) => c.json(await explain(context, c.req.valid('param').id), 200))
  router.openapi(learning, async (c) => c.json(await readRecentLearning(), 200))
  return router
}

const sendPage = <Entry>(c: Context, { items, total }: Page<Entry>) => c.json(items, 200, { [totalHeader]: String(total) })
