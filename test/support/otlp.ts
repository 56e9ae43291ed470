/** OpenTelemetry data as exporters write it in JSON, well formed unless a test says otherwise. */
import { randomBytes } from 'node:crypto'

type Value = string | number | boolean

export interface SpanInput {
  traceId?: string
  spanId?: string
  parentSpanId?: string
  name?: string
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind?: number
  /** When it ended, milliseconds since the epoch. */
  at?: number
  durationMs?: number
  attributes?: Record<string, Value>
  events?: { name: string; attributes: Record<string, Value> }[]
  error?: string
  flags?: number
}

export const newTraceId = () => randomBytes(16).toString('hex')
export const newSpanId = () => randomBytes(8).toString('hex')

/** Nanoseconds as OTLP writes them in JSON. */
const nanoseconds = (ms: number) => String(BigInt(Math.round(ms * 1e6)))

export const toAttributes = (attributes: Record<string, Value>) =>
  Object.entries(attributes).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? { stringValue: value }
        : typeof value === 'boolean'
          ? { boolValue: value }
          : Number.isInteger(value)
            ? { intValue: String(value) }
            : { doubleValue: value },
  }))

export function span(input: SpanInput = {}) {
  const { at = Date.now(), durationMs = 20, attributes = {}, events = [], error, ...rest } = input
  const end = BigInt(Math.round(at)) * 1_000_000n
  return {
    traceId: newTraceId(),
    spanId: newSpanId(),
    name: 'answer',
    kind: 1,
    startTimeUnixNano: String(end - BigInt(Math.round(durationMs * 1e6))),
    endTimeUnixNano: String(end),
    attributes: toAttributes(attributes),
    events: events.map((event) => ({ name: event.name, attributes: toAttributes(event.attributes) })),
    ...(error !== undefined && { status: { code: 2, message: error } }),
    ...rest,
  }
}

/** The resource of an instance. */
export const resource = (service: string, instance = `${service}-1`, more: Record<string, Value> = {}) => ({
  attributes: toAttributes({ 'service.name': service, 'service.instance.id': instance, ...more }),
})

export const tracesOf = (service: string, spans: object[], instance?: string) => ({
  resourceSpans: [{ resource: resource(service, instance), scopeSpans: [{ spans }] }],
})

/** A request of log records with the result of an evaluation each. */
export const evaluationsOf = (service: string, results: { traceId: string; spanId: string; name: string; value: number }[]) => ({
  resourceLogs: [
    {
      resource: resource(service),
      scopeLogs: [
        {
          logRecords: results.map(({ traceId, spanId, name, value }) => ({
            eventName: 'gen_ai.evaluation.result',
            timeUnixNano: nanoseconds(Date.now()),
            traceId,
            spanId,
            attributes: toAttributes({ 'gen_ai.evaluation.name': name, 'gen_ai.evaluation.score.value': value }),
          })),
        },
      ],
    },
  ],
})
