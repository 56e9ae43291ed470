import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { engineSettingsSchema } from '../model/engine-settings.ts'
import { explanationSchema } from '../model/explanation.ts'
import { labelSchema } from '../model/text.ts'
import { agentViewSchema, readAgentPage } from '../reading/agents.ts'
import { approvalViewSchema, readApprovals } from '../reading/approvals.ts'
import { createCachedReader } from '../reading/cached-reader.ts'
import { componentFilterSchema, componentViewSchema, readComponents } from '../reading/components.ts'
import { readConfigurations, versionViewSchema } from '../reading/configurations.ts'
import type { ReadContext } from '../reading/context.ts'
import { cycleViewSchema, readCycle } from '../reading/cycles.ts'
import { readEngineSettings } from '../reading/engine-settings.ts'
import { explain } from '../reading/explain.ts'
import { learningReportSchema, readLearning } from '../reading/learning.ts'
import { agentMetricsSchema, readMetrics, readMetricsPage } from '../reading/metrics.ts'
import { objectiveViewSchema, readObjectives } from '../reading/objectives.ts'
import { policyFieldSchema, readPolicyFields } from '../reading/policy.ts'
import { readStatus, statusSchema } from '../reading/status.ts'
import { readTrial, trialViewSchema } from '../reading/trials.ts'
import { createRouter, cycleQuery, idParams, limitQuery, listResponses, noQuery, routeResponses, sendPage } from './route.ts'

/** Everything of its sort. */
const whole = <Path extends string, Schema extends z.ZodType>(path: Path, operationId: string, summary: string, answer: Schema) =>
  createRoute({
    method: 'get',
    path,
    operationId,
    summary,
    request: { query: noQuery },
    responses: routeResponses(answer, 400, 503),
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
    responses: routeResponses(answer, 400, 404, 503),
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
const cycle = createRoute({
  method: 'get',
  path: '/cycles/{id}',
  operationId: 'cycle',
  summary: 'One cycle with its bottlenecks, strategies and trials so far',
  request: { query: cycleQuery, params: idParams },
  responses: routeResponses(cycleViewSchema, 400, 404, 503),
})
const approvals = whole('/approvals', 'approvals', 'The open requests for approval, oldest first', z.array(approvalViewSchema))
const metrics = createRoute({
  method: 'get',
  path: '/metrics',
  operationId: 'metrics',
  summary: 'Current metrics of the agents, also by instance; page by page',
  request: { query: rangeQuery(20) },
  responses: listResponses(agentMetricsSchema, 400, 503),
})
const agentMetrics = one(
  '/agents/{id}/metrics',
  'agentMetrics',
  'Current metrics of one agent, also by instance',
  agentMetricsSchema,
)
const components = createRoute({
  method: 'get',
  path: '/components',
  operationId: 'components',
  summary:
    'Hosts, processes, and components measured by other programs, within the last day: status and latest reading, worst first',
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
const objectives = whole(
  '/objectives',
  'objectives',
  'The objectives in force: their agents, and who set them, when and why',
  z.array(objectiveViewSchema),
)
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
const learning = whole('/learning', 'learning', 'What was learned from all trials', learningReportSchema)

/** How things are now, for people and tools. */
export function createReadRoutes(context: ReadContext): OpenAPIHono {
  const router = createRouter()
  const readRecentLearning = createCachedReader(() => readLearning(context))
  router.openapi(status, async (c) => c.json(await readStatus(context), 200))
  router.openapi(agents, async (c) => sendPage(c, await readAgentPage(context, c.req.valid('query'))))
  router.openapi(configurations, async (c) =>
    sendPage(c, await readConfigurations(context, c.req.valid('param').id, c.req.valid('query').limit)),
  )
  router.openapi(cycle, async (c) => c.json(await readCycle(context, c.req.valid('param').id, c.req.valid('query').limit), 200))
  router.openapi(approvals, async (c) => c.json(await readApprovals(context), 200))
  router.openapi(metrics, async (c) => sendPage(c, await readMetricsPage(context, c.req.valid('query'))))
  router.openapi(agentMetrics, async (c) => c.json((await readMetrics(context, c.req.valid('param').id))[0]!, 200))
  router.openapi(components, async (c) => sendPage(c, await readComponents(context, c.req.valid('query'))))
  router.openapi(engineSettings, async (c) => c.json(await readEngineSettings(context), 200))
  router.openapi(policy, async (c) => c.json(await readPolicyFields(context), 200))
  router.openapi(objectives, async (c) => c.json(await readObjectives(context), 200))
  router.openapi(trial, async (c) => c.json(await readTrial(context, c.req.valid('param').id), 200))
  router.openapi(explanation, async (c) => c.json(await explain(context, c.req.valid('param').id), 200))
  router.openapi(learning, async (c) => c.json(await readRecentLearning(), 200))
  return router
}
