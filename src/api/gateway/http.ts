import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { decodeText } from '../../messaging/decode-text.ts'
import { configurationRequestSchema } from '../../messaging/protocol.ts'
import { type RequestName, requestSchemas } from '../../messaging/requests.ts'
import { getReportingAgents } from '../access/guard.ts'
import { createRouter, jsonBody, noQuery, routeResponses } from '../route.ts'
import type { AgentGateway } from './gateway.ts'

const posted = {
  announce: 'Announce an instance and its knobs; the response is its configuration',
  heartbeat: 'Report that an instance is alive, and the configuration in force',
  acknowledge: 'Report the outcome of a delivered configuration',
  report: 'Report executions, decisions, messages and state',
  resources: "Report the resource usage of an instance's process; the response says when to send the next reading",
  leave: 'Report that an instance is stopping',
} as const satisfies Partial<Record<RequestName, string>>

const configuration = createRoute({
  method: 'get',
  path: '/{agentId}/instances/{instanceId}/configuration',
  operationId: 'configuration',
  summary: 'The configuration assigned to an instance',
  request: { query: noQuery, params: configurationRequestSchema },
  responses: routeResponses(requestSchemas.configuration.answer, 400, 404, 503),
})

/** The agent protocol over HTTP, for agents without NATS. The gateway checks the requests itself, as it does over NATS. */
export function createAgentRoutes(gateway: AgentGateway): OpenAPIHono {
  const answer = async (c: Context, name: RequestName, text: string) => {
    noQuery.parse(c.req.query())
    const { status, body } = await gateway.handle(name, text, getReportingAgents(c))
    return c.json(body, status)
  }
  const router = createRouter()
  for (const [name, summary] of Object.entries(posted) as [keyof typeof posted, string][]) {
    const route = describePost(name, summary)
    router.openAPIRegistry.registerPath(route)
    router.post(route.path, async (c) => answer(c, name, decodeText(await c.req.arrayBuffer())))
  }
  router.openAPIRegistry.registerPath(configuration)
  router.get(configuration.getRoutingPath(), (c) => answer(c, 'configuration', JSON.stringify(c.req.param())))
  return router
}

function describePost(name: keyof typeof posted, summary: string) {
  const { request, answer } = requestSchemas[name]
  return createRoute({
    method: 'post',
    path: `/${name}`,
    operationId: name,
    summary,
    request: { query: noQuery, body: jsonBody(request) },
    responses: routeResponses(answer, 400, 404, 415, 503),
  })
}
