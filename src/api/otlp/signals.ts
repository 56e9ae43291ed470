import { create, type DescMessage, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf'
import { decode, type Encoding, encode } from '../../telemetry/decode.ts'
import { translateLogs } from '../../telemetry/logs.ts'
import { translateMetrics } from '../../telemetry/metrics.ts'
import * as logs from '../../telemetry/proto/opentelemetry/proto/collector/logs/v1/logs_service_pb.ts'
import * as metrics from '../../telemetry/proto/opentelemetry/proto/collector/metrics/v1/metrics_service_pb.ts'
import * as traces from '../../telemetry/proto/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts'
import type { Refusals, Telemetry, Translator } from '../../telemetry/telemetry.ts'
import { translateTraces } from '../../telemetry/traces.ts'

/** One kind of OpenTelemetry data. */
export interface TelemetrySignal {
  name: 'traces' | 'metrics' | 'logs'
  path: string
  operationId: string
  summary: string
  /** @throws OptimizerError `invalid-telemetry`, `too-large` */
  read(bytes: Uint8Array, encoding: Encoding): Translator
  /** The answer to a request with some records refused, or none. */
  answer(refusals: Refusals, encoding: Encoding): Uint8Array
}

function createSignal<Request extends DescMessage, Response extends DescMessage>(
  description: Pick<TelemetrySignal, 'name' | 'path' | 'operationId' | 'summary'>,
  schemas: { request: Request; response: Response },
  translate: (request: MessageShape<Request>, ...how: Parameters<Translator>) => Telemetry,
  toPartialSuccess: (rejected: bigint, errorMessage: string) => MessageInitShape<Response>,
): TelemetrySignal {
  return {
    ...description,
    read(bytes, encoding) {
      const request = decode(schemas.request, bytes, encoding)
      return (...how) => translate(request, ...how)
    },
    answer(refusals, encoding) {
      // An empty answer is full success.
      const records = BigInt(refusals.count - refusals.scoresOfSpans)
      const content = refusals.count > 0 ? toPartialSuccess(records, refusals.describe()) : undefined
      return encode(schemas.response, create(schemas.response, content), encoding)
    },
  }
}

/** The three kinds of data that OTLP has exporters for. */
export const telemetrySignals: readonly TelemetrySignal[] = [
  createSignal(
    { name: 'traces', path: '/traces', operationId: 'exportTraces', summary: 'Spans, from an OpenTelemetry exporter' },
    { request: traces.ExportTraceServiceRequestSchema, response: traces.ExportTraceServiceResponseSchema },
    translateTraces,
    (rejectedSpans, errorMessage) => ({ partialSuccess: { rejectedSpans, errorMessage } }),
  ),
  createSignal(
    { name: 'metrics', path: '/metrics', operationId: 'exportMetrics', summary: 'Metrics, from an OpenTelemetry exporter' },
    { request: metrics.ExportMetricsServiceRequestSchema, response: metrics.ExportMetricsServiceResponseSchema },
    translateMetrics,
    (rejectedDataPoints, errorMessage) => ({ partialSuccess: { rejectedDataPoints, errorMessage } }),
  ),
  createSignal(
    { name: 'logs', path: '/logs', operationId: 'exportLogs', summary: 'Log records, from an OpenTelemetry exporter' },
    { request: logs.ExportLogsServiceRequestSchema, response: logs.ExportLogsServiceResponseSchema },
    translateLogs,
    (rejectedLogRecords, errorMessage) => ({ partialSuccess: { rejectedLogRecords, errorMessage } }),
  ),
]
