import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { explanationSchema } from '../model/explanation.ts'
import { standingResultSchema } from '../model/result.ts'
import { agentViewSchema, readAgents } from '../reading/agents.ts'
import { approvalViewSchema, readApprovals } from '../reading/approvals.ts'
import { readConfigurations, versionViewSchema } from '../reading/configurations.ts'
import type { ReadingContext } from '../reading/context.ts'
import { cycleSchema, cycleViewSchema, readCycle, readCycles } from '../reading/cycles.ts'
import { explain } from '../reading/explain.ts'
import { learningReportSchema, readLearning } from '../reading/learning.ts'
import {
  agentMetricsSchema,
  readBottlenecks,
  readMetrics,
  readRecommendations,
  recordedBottleneckSchema,
} from '../reading/metrics.ts'
import { objectiveChangeSchema, objectiveViewSchema, readObjectiveHistory, readObjectives } from '../reading/objectives.ts'
import { policyChangeSchema, policyFieldSchema, readPolicyFields, readPolicyHistory } from '../reading/policy.ts'
import { readResults } from '../reading/results.ts'
import { readStatus, statusSchema } from '../reading/status.ts'
import { readTrial, trialViewSchema } from '../reading/trials.ts'
import { createRouter, idParams, limitQuery, listResponses, noQuery, responses, totalHeader } from './route.ts'

const all = { method: 'get', request: { query: noQuery } } as const
const newest = { method: 'get', request: { query: limitQuery } } as const
const one = { method: 'get', request: { query: noQuery, params: idParams } } as const

const status = createRoute({
  ...all,
  path: '/status',
  operationId: 'status',
  summary: 'The current state: policy, agents, running trials and restores, approvals, latest results, alerts',
  responses: responses(statusSchema, 400, 503),
})
const agents = createRoute({
  ...all,
  path: '/agents',
  operationId: 'agents',
  summary: 'Every agent: knobs, proven configuration, instances, latest profile',
  responses: responses(z.array(agentViewSchema), 400, 503),
})
const configurations = createRoute({
  ...one,
  request: { query: limitQuery, params: idParams },
  path: '/agents/{id}/configurations',
  operationId: 'configurations',
  summary: 'The configurations of an agent: when and why each came into force, newest first',
  responses: listResponses(versionViewSchema, 400, 404, 503),
})
const cycles = createRoute({
  ...newest,
  path: '/cycles',
  operationId: 'cycles',
  summary: 'The latest cycles, newest first',
  responses: listResponses(cycleSchema, 400, 503),
})
const cycle = createRoute({
  ...one,
  path: '/cycles/{id}',
  operationId: 'cycle',
  summary: 'One cycle with its bottlenecks, strategies and trials so far',
  responses: responses(cycleViewSchema, 400, 404, 503),
})
const approvals = createRoute({
  ...all,
  path: '/approvals',
  operationId: 'approvals',
  summary: 'The open requests for approval, oldest first',
  responses: responses(z.array(approvalViewSchema), 400, 503),
})
const metrics = createRoute({
  ...all,
  path: '/metrics',
  operationId: 'metrics',
  summary: 'What is known of every agent now, by metric and instance',
  responses: responses(z.array(agentMetricsSchema), 400, 503),
})
const metricsOfAgent = createRoute({
  ...one,
  path: '/agents/{id}/metrics',
  operationId: 'agentMetrics',
  summary: 'What is known of one agent now, by metric and instance',
  responses: responses(agentMetricsSchema, 400, 404, 503),
})
const bottlenecks = createRoute({
  ...newest,
  path: '/bottlenecks',
  operationId: 'bottlenecks',
  summary: 'The bottlenecks that cycles found, newest first',
  responses: listResponses(recordedBottleneckSchema, 400, 503),
})
const recommendations = createRoute({
  ...all,
  path: '/recommendations',
  operationId: 'recommendations',
  summary: 'The recommendations of the latest cycle',
  responses: responses(z.array(z.string()), 400, 503),
})
const policy = createRoute({
  ...all,
  path: '/policy',
  operationId: 'policy',
  summary: 'The policy in force: every field, when and why it was set, and by whom',
  responses: responses(z.array(policyFieldSchema), 400, 503),
})
const policyHistory = createRoute({
  ...newest,
  path: '/policy/history',
  operationId: 'policyHistory',
  summary: 'Changes of the policy, newest first',
  responses: listResponses(policyChangeSchema, 400, 503),
})
const objectives = createRoute({
  ...all,
  path: '/objectives',
  operationId: 'objectives',
  summary: 'The objectives in force: whom they are for, and who set them, when and why',
  responses: responses(z.array(objectiveViewSchema), 400, 503),
})
const objectiveHistory = createRoute({
  ...newest,
  path: '/objectives/history',
  operationId: 'objectiveHistory',
  summary: 'Changes of objectives by command, newest first',
  responses: listResponses(objectiveChangeSchema, 400, 503),
})
const results = createRoute({
  ...newest,
  path: '/results',
  operationId: 'results',
  summary: 'The results of all trials, newest first',
  responses: listResponses(standingResultSchema, 400, 503),
})
const trial = createRoute({
  ...one,
  path: '/trials/{id}',
  operationId: 'trial',
  summary: 'One trial, with the observations behind its verdict once it has ended',
  responses: responses(trialViewSchema, 400, 404, 503),
})
const explanation = createRoute({
  ...one,
  path: '/explanations/{id}',
  operationId: 'explanation',
  summary: 'An explanation of a trial, a strategy or an agent in plain sentences',
  responses: responses(explanationSchema, 400, 404, 503),
})
const learning = createRoute({
  ...all,
  path: '/learning',
  operationId: 'learning',
  summary: 'The lessons of all trials',
  responses: responses(learningReportSchema, 400, 503),
})

/** The read model as JSON, for people and tools. */
export function createReadRoutes(context: ReadingContext): OpenAPIHono {
  const router = createRouter()
  router.openapi(status, async (c) => c.json(await readStatus(context), 200))
  router.openapi(agents, async (c) => c.json(await readAgents(context), 200))
  router.openapi(configurations, async (c) => {
    const { items, total } = await readConfigurations(context, c.req.valid('param').id, c.req.valid('query').limit)
    return c.json(items, 200, { [totalHeader]: String(total) })
  })
  router.openapi(cycles, async (c) => {
    const { items, total } = await readCycles(context, c.req.valid('query').limit)
    return c.json(items, 200, { [totalHeader]: String(total) })
  })
  router.openapi(cycle, async (c) => c.json(await readCycle(context, c.req.valid('param').id), 200))
  router.openapi(approvals, async (c) => c.json(await readApprovals(context), 200))
  router.openapi(metrics, async (c) => c.json(await readMetrics(context), 200))
  router.openapi(metricsOfAgent, async (c) => c.json((await readMetrics(context, c.req.valid('param').id))[0]!, 200))
  router.openapi(bottlenecks, async (c) => {
    const { items, total } = await readBottlenecks(context, c.req.valid('query').limit)
    return c.json(items, 200, { [totalHeader]: String(total) })
  })
  router.openapi(recommendations, async (c) => c.json(await readRecommendations(context), 200))
  router.openapi(policy, async (c) => c.json(await readPolicyFields(context), 200))
  router.openapi(policyHistory, async (c) => {
    const { items, total } = await readPolicyHistory(context, c.req.valid('query').limit)
    return c.json(items, 200, { [totalHeader]: String(total) })
  })
  router.openapi(objectives, async (c) => c.json(await readObjectives(context), 200))
  router.openapi(objectiveHistory, async (c) => {
    const { items, total } = await readObjectiveHistory(context, c.req.valid('query').limit)
    return c.json(items, 200, { [totalHeader]: String(total) })
  })
  router.openapi(results, async (c) => {
    const { items, total } = await readResults(context, c.req.valid('query').limit)
    return c.json(items, 200, { [totalHeader]: String(total) })
  })
  router.openapi(trial, async (c) => c.json(await readTrial(context, c.req.valid('param').id), 200))
  router.openapi(explanation, async (c) => c.json(await explain(context, c.req.valid('param').id), 200))
  router.openapi(learning, async (c) => c.json(await readLearning(context), 200))
  return router
}
