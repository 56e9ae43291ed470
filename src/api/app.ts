import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { OptimizerClient } from '../client/optimizer.ts'
import type { TokenCache } from '../client/token-cache.ts'
import { requireAccess } from './access/guard.ts'
import { createAccessRoute } from './access/route.ts'
import { createAnomalyRoutes } from './anomaly-routes.ts'
import { createApprovalPageRoutes } from './approval-page-routes.ts'
import { createAsyncApiRoute } from './async-api/route.ts'
import { createAuditRoute } from './audit-route.ts'
import { createCapacityRoutes } from './capacity-routes.ts'
import { compressResponses } from './compress-responses.ts'
import { type DashboardFiles, serveDashboard } from './dashboard.ts'
import { createDashboardRoutes } from './dashboard-routes.ts'
import { createDocsRoutes } from './docs-routes.ts'
import { createEventRoute } from './event-route.ts'
import { toFailureResponse } from './gateway/failure-response.ts'
import type { AgentGateway } from './gateway/gateway.ts'
import { createAgentRoutes } from './gateway/http.ts'
import { createRecordRoute } from './gateway/record-route.ts'
import { createGiveUpRoute } from './give-up-route.ts'
import { createHealthRoute } from './health-route.ts'
import { createHistoryRoutes } from './history-routes.ts'
import { type KnownHosts, requireKnownHost } from './known-hosts.ts'
import { limitBody } from './limit-body.ts'
import { createMetricsRoute } from './metrics-route.ts'
import { buildOpenApiDocument } from './open-api.ts'
import { createOtlpRoutes } from './otlp/routes.ts'
import { createProfileRoutes } from './profile-routes.ts'
import { createReadRoutes } from './read-routes.ts'
import { createReferenceRoute } from './reference-route.ts'
import { createReportRoute } from './report-route.ts'
import { assignRequestIds } from './request-ids.ts'
import { requireJson } from './require-json.ts'
import { createRetryRoute } from './retry-route.ts'
import { createRollBackRoute } from './rollback-route.ts'
import { createRouter, noQuery, routeResponses } from './route.ts'
import { setSecurityHeaders } from './security-headers.ts'
import { createSteeringRoutes } from './steering-routes.ts'
import { createUndoRoute } from './undo-route.ts'

export interface AppOptions {
  gateway: AgentGateway
  /** The client used for reading and steering. */
  optimizer: OptimizerClient
  /** Resolves if messaging answers. */
  pingNats: () => Promise<unknown>
  /** The names that the server is known by. */
  hosts: KnownHosts
  /** The tokens of those who may use it; by default, everybody may. */
  tokens?: TokenCache
  /** How many messages over NATS could not be used, by subject. */
  invalidMessages?: ReadonlyMap<string, number>
  /** Ends the streams of events; by default, their clients do. */
  stopping?: AbortSignal
  /** Called with the reason, and the id of the request if it is known, when a request is answered with 500 or 503. */
  onUnavailable: (error: unknown, requestId?: string) => void
  /** Without it, only the API is served. */
  dashboard?: DashboardFiles | undefined
}

const openApi = createRoute({
  method: 'get',
  path: '/openapi.json',
  operationId: 'openApi',
  summary: 'This document',
  request: { query: noQuery },
  responses: routeResponses(z.looseObject({ openapi: z.string() }), 400),
})

/** The HTTP API: the agent protocol, routes for people and tools to read and steer, and its OpenAPI document. */
export function createApp({
  gateway,
  optimizer,
  pingNats,
  hosts,
  tokens,
  invalidMessages = new Map(),
  stopping = new AbortController().signal,
  onUnavailable,
  dashboard,
}: AppOptions): OpenAPIHono {
  const app = createRouter()
  app.use(assignRequestIds, setSecurityHeaders, requireKnownHost(hosts))
  if (dashboard) app.use(serveDashboard(dashboard))
  // Agents get short answers, for which it would only take time.
  app.use('/api/*', compressResponses)
  if (tokens) app.use(requireAccess(tokens, hosts.listening, () => optimizer.config.apiRequestsPerSecond))
  app.route('/agents', createRecordRoute(gateway))
  // Registered first, since they have their own encodings and limits.
  app.route('/', createApprovalPageRoutes(optimizer))
  app.route('/v1', createOtlpRoutes(gateway, onUnavailable))
  app.use(requireJson, limitBody)
  app.route('/', createHealthRoute({ database: () => gateway.ping(), nats: pingNats }))
  app.route('/', createMetricsRoute(optimizer, gateway, invalidMessages))
  app.route('/agents', createAgentRoutes(gateway))
  app.route('/api', createAccessRoute())
  app.route('/api', createReadRoutes(optimizer))
  app.route('/api', createHistoryRoutes(optimizer))
  app.route('/api', createCapacityRoutes(optimizer))
  app.route('/api', createSteeringRoutes(optimizer))
  app.route('/api', createProfileRoutes(optimizer))
  app.route('/api', createAnomalyRoutes(optimizer))
  app.route('/api', createDashboardRoutes(optimizer))
  app.route('/api', createRollBackRoute(optimizer))
  app.route('/api', createGiveUpRoute(optimizer))
  app.route('/api', createRetryRoute(optimizer))
  app.route('/api', createReportRoute(optimizer))
  app.route('/api', createEventRoute(optimizer, stopping))
  app.route('/api', createAuditRoute(optimizer))
  app.route('/api', createUndoRoute(optimizer))
  let document: ReturnType<typeof buildOpenApiDocument> | undefined
  const getDocument = () => {
    document ??= buildOpenApiDocument(app)
    return document
  }
  app.route('/', createReferenceRoute(getDocument))
  app.route('/', createAsyncApiRoute(optimizer))
  app.route('/', createDocsRoutes())
  app.openapi(openApi, (c) => c.json({ ...getDocument() }, 200))
  app.notFound((c) =>
    c.json(
      { error: { code: 'unknown-address', message: `There is nothing at ${c.req.path}; GET /openapi.json lists the routes.` } },
      404,
    ),
  )
  app.onError((error, c) => {
    const { status, body } = toFailureResponse(error)
    if (status >= 500) onUnavailable(error, c.get('requestId'))
    return c.json(body, status)
  })
  return app
}
