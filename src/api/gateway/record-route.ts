import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { configurationRequestSchema, errorResponseSchema } from '../../messaging/protocol.ts'
import { getReportingAgents } from '../access/guard.ts'
import { createRouter, jsonResponse, noQuery, routeResponses } from '../route.ts'
import type { AgentGateway } from './gateway.ts'
import { recordsResponseSchema } from './records.ts'

const mediaTypes = ['application/x-ndjson', 'application/jsonl', 'application/jsonlines']
/** Requests that are read at once, in total and per agent: each holds a batch in memory, and may take as long as data keeps arriving. */
const maxAtOnce = 8
const maxOfOne = 4
const retryAfterSeconds = 1
const keySchema = z.string().min(1).max(200).optional()

const route = createRoute({
  method: 'post',
  path: '/{agentId}/instances/{instanceId}/records',
  operationId: 'records',
  summary: 'Report any number of records, one JSON object per line, optionally compressed with gzip',
  request: {
    query: noQuery,
    params: configurationRequestSchema,
    headers: z.object({
      'idempotency-key': keySchema.describe('Identifies the request; if it is sent again, it counts only once'),
    }),
    body: { required: true, content: { 'application/x-ndjson': { schema: z.string() } } },
  },
  responses: {
    ...routeResponses(recordsResponseSchema, 400, 404, 415, 503),
    429: jsonResponse(
      'The API is busy reading other requests; retry after the number of seconds in Retry-After',
      errorResponseSchema,
    ),
  },
})

/** Reports as newline-delimited JSON. It has limits of its own, since the body is read as a stream. */
export function createRecordRoute(gateway: AgentGateway): OpenAPIHono {
  const router = createRouter()
  /** The agent of each request that is being read. */
  const reading: string[] = []
  router.openAPIRegistry.registerPath(route)
  router.post(route.getRoutingPath(), async (c) => {
    const fail = (status: 415 | 429, code: string, message: string) => c.json({ error: { code, message } }, status)
    const type = c.req.header('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''
    if (!mediaTypes.includes(type))
      return fail(
        415,
        'unsupported-media-type',
        `The content type is not ${mediaTypes[0]}; send the header content-type: ${mediaTypes[0]}.`,
      )
    const encoding = c.req.header('content-encoding')?.trim().toLowerCase() ?? 'identity'
    if (encoding !== 'gzip' && encoding !== 'identity')
      return fail(415, 'unsupported-encoding', `The encoding ${encoding} is not supported; send gzip or none.`)
    const sender = configurationRequestSchema.parse(c.req.param())
    const own = reading.filter((agentId) => agentId === sender.agentId).length
    if (reading.length >= maxAtOnce || own >= maxOfOne) {
      c.header('retry-after', String(retryAfterSeconds))
      const busy = own >= maxOfOne ? `${own} requests of ${sender.agentId}` : `${reading.length} requests`
      return fail(429, 'busy', `${busy} are being read; retry after ${retryAfterSeconds} s.`)
    }
    noQuery.parse(c.req.query())
    const idempotencyKey = keySchema.parse(c.req.header('idempotency-key'))
    reading.push(sender.agentId)
    try {
      const stream = {
        ...sender,
        body: c.req.raw.body ?? new Blob([]).stream(),
        isCompressed: encoding === 'gzip',
        idempotencyKey,
      }
      const { status, body } = await gateway.storeRecords(stream, getReportingAgents(c))
      return c.json(body, status)
    } finally {
      reading.splice(reading.indexOf(sender.agentId), 1)
    }
  })
  return router
}
