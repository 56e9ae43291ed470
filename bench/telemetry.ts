import { gzipSync } from 'node:zlib'
import { createApp } from '../src/api/app.ts'
import { AgentGateway } from '../src/api/gateway/gateway.ts'
import { engineSettingsSchema } from '../src/model/engine-settings.ts'
import { defaultTelemetry } from '../src/model/telemetry.ts'
import { decode, encode } from '../src/telemetry/decode.ts'
import { ExportTraceServiceRequestSchema } from '../src/telemetry/proto/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts'
import { startLoadedDatabase } from './loaded-database.ts'
import { type Bench, medianTimeOf } from './timing.ts'

/** As many as an exporter sends at once by default. */
const spansPerRequest = 512
const spansPerTrace = 4
const goalPerSecond = 5_000

/** The time that the API and PostgreSQL take for a request of spans, from the bytes to the answer. */
export const telemetry: Bench = {
  name: 'telemetry',
  async run() {
    const { db, stop } = await startLoadedDatabase()
    try {
      const gateway = new AgentGateway(
        { db, metrics: [], engine: engineSettingsSchema.parse({}), telemetry: defaultTelemetry },
        console.error,
      )
      const app = createApp({
        gateway,
        optimizer: {} as never,
        pingNats: async () => undefined,
        hosts: { listening: '127.0.0.1', allowed: [] },
        onUnavailable: console.error,
      })
      const requests = Array.from({ length: 130 }, buildRequest)
      const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' }
      const cpu = process.cpuUsage()
      let sent = 0
      const medianMs = await medianTimeOf(async () => {
        const response = await app.request('/v1/traces', { method: 'POST', headers, body: requests[sent++]! })
        if (response.status !== 200) throw new Error(await response.text())
      })
      const { user, system } = process.cpuUsage(cpu)
      const perSecond = Math.round((sent * spansPerRequest) / ((user + system) / 1e6))
      const what = `${spansPerRequest} spans received and stored; ${perSecond.toLocaleString('en')} spans per second of CPU of the API`
      return [{ what, medianMs, goalMs: (spansPerRequest / goalPerSecond) * 1_000 }]
    } finally {
      await stop()
    }
  },
}

/** Traces of an execution with two calls of a language model and a call of another service each, as protobuf in gzip. */
function buildRequest(): Uint8Array<ArrayBuffer> {
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })
  const count = (key: string, intValue: number) => ({ key, value: { intValue } })
  const end = BigInt(Date.now()) * 1_000_000n
  const randomHex = (bytes: number) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex')
  const spans = Array.from({ length: spansPerRequest / spansPerTrace }, () => {
    const [traceId, root] = [randomHex(16), randomHex(8)]
    const times = { startTimeUnixNano: String(end - 250_000_000n), endTimeUnixNano: String(end) }
    const common = [text('app.release', '2026.11'), text('deployment.region', 'eu-1'), text('session.id', randomHex(8))]
    const model = [
      text('gen_ai.operation.name', 'chat'),
      text('gen_ai.provider.name', 'example'),
      text('gen_ai.request.model', 'small-1'),
      text('gen_ai.response.model', 'small-1'),
      text('gen_ai.response.id', randomHex(12)),
      count('gen_ai.usage.input_tokens', 812),
      count('gen_ai.usage.output_tokens', 96),
    ]
    const below = [model, model, [text('server.address', 'example.com'), count('http.response.status_code', 200)]]
    return [
      { traceId, spanId: root, name: 'answer', kind: 2, ...times, attributes: common },
      ...below.map((attributes) => ({
        traceId,
        spanId: randomHex(8),
        parentSpanId: root,
        name: 'call',
        kind: 3,
        ...times,
        attributes: [...common, ...attributes],
      })),
    ]
  }).flat()
  const resource = { attributes: [text('service.name', 'bench-bot'), text('service.instance.id', 'bench-bot-1')] }
  const json = Buffer.from(JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }))
  return new Uint8Array(
    gzipSync(encode(ExportTraceServiceRequestSchema, decode(ExportTraceServiceRequestSchema, json, 'json'), 'protobuf')),
  )
}
