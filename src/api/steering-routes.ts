import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { acknowledgeAlert, reportAlert } from '../client/alerts.ts'
import { clearObjective, setObjective } from '../client/objectives.ts'
import type { OptimizerClient } from '../client/optimizer.ts'
import { alertReportSchema } from '../model/alert-signals.ts'
import { approvalDecisionSchema, approvalOutcomeSchema } from '../model/approval.ts'
import {
  agentRestoreSchema,
  alertAcknowledgementSchema,
  clearObjectiveRequestSchema,
  commandRequestSchema,
  cycleRequestSchema,
  forgetRequestSchema,
  objectiveRequestSchema,
  trialRequestBodySchema,
} from '../model/commands.ts'
import { policySchema } from '../model/policy.ts'
import { objectiveViewSchema } from '../reading/objectives.ts'
import { identifyActor } from './access/guard.ts'
import { callTemporal } from './call-temporal.ts'
import { createRouter, idParams, jsonBody, noQuery, routeResponses, startedSchema } from './route.ts'

const command = createRoute({
  method: 'post',
  path: '/commands',
  operationId: 'command',
  summary: 'Send the optimizer a command; the response is the resulting policy',
  request: { query: noQuery, body: jsonBody(commandRequestSchema) },
  responses: routeResponses(policySchema, 400, 404, 415, 503),
})
const decide = createRoute({
  method: 'post',
  path: '/trials/{id}/approval',
  operationId: 'decide',
  summary: 'Approve or decline a trial that is waiting for approval; the response is the decision in force',
  request: { query: noQuery, params: idParams, body: jsonBody(approvalDecisionSchema) },
  responses: routeResponses(approvalOutcomeSchema, 400, 404, 415, 503),
})
const keep = createRoute({
  method: 'post',
  path: '/trials/{id}/keep',
  operationId: 'keep',
  summary: 'End a running trial and keep its change',
  request: { query: noQuery, params: idParams, body: jsonBody(trialRequestBodySchema) },
  responses: routeResponses(startedSchema, 400, 404, 415, 503),
})
const startCycle = createRoute({
  method: 'post',
  path: '/cycles',
  operationId: 'startCycle',
  summary: 'Start a cycle',
  request: { query: noQuery, body: jsonBody(cycleRequestSchema) },
  responses: routeResponses(startedSchema, 400, 404, 415, 503),
})
const putObjective = createRoute({
  method: 'put',
  path: '/objectives',
  operationId: 'setObjective',
  summary: 'Set the objective of an agent, a kind or the whole fleet; it replaces the objective for the same agents',
  request: { query: noQuery, body: jsonBody(objectiveRequestSchema) },
  responses: routeResponses(objectiveViewSchema, 400, 404, 415, 503),
})
const deleteObjective = createRoute({
  method: 'delete',
  path: '/objectives',
  operationId: 'clearObjective',
  summary: 'Clear an objective that was set by command, so that the configured one applies again',
  request: { query: noQuery, body: jsonBody(clearObjectiveRequestSchema) },
  responses: routeResponses(z.object({ cleared: z.boolean().describe('False if none was set by command') }), 400, 415, 503),
})
const restore = createRoute({
  method: 'post',
  path: '/restores',
  operationId: 'restore',
  summary: 'Restore an agent to a version or a time, or set some of its knobs',
  request: { query: noQuery, body: jsonBody(agentRestoreSchema) },
  responses: routeResponses(startedSchema, 400, 404, 415, 503),
})

const forget = createRoute({
  method: 'post',
  path: '/agents/{id}/forget',
  operationId: 'forget',
  summary: 'Forget an agent that no longer runs; it comes back if it registers again',
  request: { query: noQuery, params: idParams, body: jsonBody(forgetRequestSchema) },
  responses: routeResponses(z.object({ agentId: z.string() }), 400, 404, 415, 503),
})

const acknowledge = createRoute({
  method: 'post',
  path: '/alerts/{id}/acknowledgement',
  operationId: 'acknowledgeAlert',
  summary: 'Acknowledge an open alert; it is not sent again unless it gets worse',
  request: {
    query: noQuery,
    params: z.object({ id: z.coerce.number().int().min(1) }),
    body: jsonBody(alertAcknowledgementSchema),
  },
  responses: routeResponses(z.object({ id: z.int() }), 400, 404, 415, 503),
})

const report = createRoute({
  method: 'post',
  path: '/alerts',
  operationId: 'reportAlert',
  summary: 'Report an external alert, as the signal of that type; the response is the workflow that reacts to it',
  request: { query: noQuery, body: jsonBody(alertReportSchema) },
  responses: routeResponses(startedSchema, 400, 404, 415, 503),
})

/** The steering routes for people and tools: commands, cycles, restores, decisions on trials, and forgetting an agent. */
export function createSteeringRoutes(optimizer: OptimizerClient): OpenAPIHono {
  const throughTemporal = <T>(work: () => Promise<T>) => callTemporal(optimizer, work)
  const router = createRouter()
  router.openapi(command, async (c) => {
    const { command, by, reason } = c.req.valid('json')
    return c.json(await throughTemporal(() => optimizer.command(command, identifyActor(c, by), reason)), 200)
  })
  router.openapi(decide, async (c) => {
    const { id } = c.req.valid('param')
    return c.json(await throughTemporal(() => optimizer.decide(id, named(c, c.req.valid('json')))), 200)
  })
  router.openapi(keep, async (c) => {
    const { by, reason } = c.req.valid('json')
    const { workflowId } = await throughTemporal(() => optimizer.keep(c.req.valid('param').id, identifyActor(c, by), reason))
    return c.json({ workflowId }, 200)
  })
  router.openapi(startCycle, async (c) => {
    const { by, reason, ...input } = c.req.valid('json')
    const actor = by === undefined ? (c.get('token')?.name ?? 'an API client') : identifyActor(c, by)
    const { workflowId } = await throughTemporal(() => optimizer.startCycle(input, actor, reason))
    return c.json({ workflowId }, 200)
  })
  router.openapi(putObjective, async (c) => {
    const { objective, by, reason, allowUndeclared } = c.req.valid('json')
    return c.json(await setObjective(optimizer, objective, identifyActor(c, by), reason, allowUndeclared), 200)
  })
  router.openapi(deleteObjective, async (c) => {
    const { scope, by, reason } = c.req.valid('json')
    return c.json({ cleared: await clearObjective(optimizer, scope, identifyActor(c, by), reason) }, 200)
  })
  router.openapi(restore, async (c) => {
    const { workflowId } = await throughTemporal(() => optimizer.restore(named(c, c.req.valid('json'))))
    return c.json({ workflowId }, 200)
  })
  router.openapi(acknowledge, async (c) => {
    const { id } = c.req.valid('param')
    await acknowledgeAlert(optimizer, id, named(c, c.req.valid('json')))
    return c.json({ id }, 200)
  })
  router.openapi(report, async (c) => {
    return c.json(await throughTemporal(() => reportAlert(optimizer, named(c, c.req.valid('json')))), 200)
  })
  router.openapi(forget, async (c) => {
    const agentId = c.req.valid('param').id
    const { by, reason } = c.req.valid('json')
    await throughTemporal(() => optimizer.forget(agentId, identifyActor(c, by), reason))
    return c.json({ agentId }, 200)
  })
  return router
}

const named = <Body extends { by: string }>(c: Context, body: Body): Body => ({ ...body, by: identifyActor(c, body.by) })
