import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { OptimizerError } from '../../model/errors.ts'
import { type Encoding, encodeFailure } from '../../telemetry/decode.ts'
import { getReportingAgents } from '../access/guard.ts'
import { FairQueue } from '../fair-queue.ts'
import { toFailureResponse } from '../gateway/failure-response.ts'
import type { AgentGateway } from '../gateway/gateway.ts'
import { createRouter, noQuery } from '../route.ts'
import { decompressBody, findEncoding, type RawBody, receiveBody } from './read-request.ts'
import { type TelemetrySignal, telemetrySignals } from './signals.ts'

/** Requests whose bodies are in memory, as they were sent, and that wait to be read. */
const maxBodies = 16
const maxWaiting = 48
/** Bodies that are inflated and stored at once. One that is still being received keeps no other from it. */
const atOnce = 4

const retryAfterSeconds = '2'
const contentTypes = { protobuf: 'application/x-protobuf', json: 'application/json' } as const satisfies Record<Encoding, string>
/** The codes of `google.rpc.Code` by HTTP status. */
const rpcCodes = { 400: 3, 403: 7, 413: 8, 415: 3, 429: 8, 500: 13, 503: 14 } as const
type FailureStatus = keyof typeof rpcCodes

/** OTLP/HTTP: the addresses that exporters of OpenTelemetry send to. */
export function createOtlpRoutes(gateway: AgentGateway, onUnavailable: (error: unknown) => void): OpenAPIHono {
  const router = createRouter()
  const bodies = new FairQueue(maxBodies, maxWaiting)
  const turns = new FairQueue(atOnce, maxBodies)
  for (const signal of telemetrySignals) {
    const route = describe(signal)
    router.openAPIRegistry.registerPath(route)
    router.post(route.path, async (c) => {
      const answer = await answerExport(c, signal)
      gateway.counts.addAnswer(signal.name, answer.status)
      return answer
    })
  }
  return router

  async function answerExport(c: Context, signal: TelemetrySignal): Promise<Response> {
    const encoding = findEncoding(c.req.header('content-type'))
    if (!encoding) return fail(c, 'json', 415, 'Send OTLP as application/x-protobuf or application/json.')
    try {
      const answer = await bodies.run(async () => {
        noQuery.parse(c.req.query())
        const body = await receiveBody(c)
        return await turns.run(() => ingest(c, signal, { body, encoding }, gateway))
      })
      return answer ? send(c, answer, encoding) : fail(c, encoding, 429, 'Too many requests are waiting already; retry later.')
    } catch (error) {
      const status = statusOf(error)
      if (status >= 500) onUnavailable(error)
      return fail(c, encoding, status, toFailureResponse(error).body.error.message)
    }
  }
}

async function ingest(
  c: Context,
  signal: TelemetrySignal,
  { body, encoding }: { body: RawBody; encoding: Encoding },
  gateway: AgentGateway,
): Promise<Uint8Array> {
  const telemetry = await gateway.ingestTelemetry(signal.read(await decompressBody(body), encoding), getReportingAgents(c))
  return signal.answer(telemetry.refusals, encoding)
}

function statusOf(error: unknown): FailureStatus {
  const { status } = toFailureResponse(error)
  const code = error instanceof OptimizerError ? error.code : undefined
  if (code === 'too-large') return 413
  if (code === 'unsupported-encoding') return 415
  return status === 404 ? 400 : status
}

function send(c: Context, body: Uint8Array, encoding: Encoding, status: 200 | FailureStatus = 200): Response {
  return c.body(new Uint8Array(body), status, { 'content-type': contentTypes[encoding] })
}

function fail(c: Context, encoding: Encoding, status: FailureStatus, message: string): Response {
  if (status === 429 || status === 503) c.header('retry-after', retryAfterSeconds)
  return send(c, encodeFailure(rpcCodes[status], message, encoding), encoding, status)
}

function describe({ path, operationId, summary }: TelemetrySignal) {
  const body = (description: string) => ({
    description,
    content: { 'application/x-protobuf': { schema: z.string() }, 'application/json': { schema: z.looseObject({}) } },
  })
  return createRoute({
    method: 'post',
    path,
    operationId,
    summary,
    request: {
      query: noQuery,
      body: { ...body('As defined by the OTLP protocol buffers, optionally compressed with gzip'), required: true },
    },
    responses: {
      200: body('Stored; `partialSuccess` says what was rejected'),
      400: body('Not OTLP; do not send it again'),
      401: body('Use an agent token'),
      403: body('The token is for other agents'),
      413: body('Too large; send smaller batches'),
      415: body('Unsupported content type or compression'),
      429: body('Too many requests; retry after Retry-After seconds'),
      503: body('Retry after Retry-After seconds'),
    },
  })
}
