import type { TelemetrySettings } from '../model/telemetry.ts'
import { Attributes } from './attributes.ts'
import { type RefusalFinder, readResource } from './identity.ts'
import type { ExportLogsServiceRequest } from './proto/opentelemetry/proto/collector/logs/v1/logs_service_pb.ts'
import { evaluationEventName, readScore } from './scores.ts'
import { isValidId } from './spans.ts'
import { Telemetry, toSpanId } from './telemetry.ts'

/** The scores in a request of log records: the results of evaluations. Other records only show that their sender is alive. */
export function translateLogs(
  request: ExportLogsServiceRequest,
  settings: TelemetrySettings,
  _now: number,
  findRefusal: RefusalFinder,
): Telemetry {
  const telemetry = new Telemetry()
  for (const { resource: sender, scopeLogs } of request.resourceLogs) {
    const refusal = telemetry.addSender(readResource(new Attributes(sender?.attributes ?? []), settings), findRefusal)
    for (const { logRecords } of scopeLogs)
      for (const { eventName, traceId, spanId, attributes: entries } of logRecords) {
        const attributes = new Attributes(entries)
        if ((eventName || attributes.text('event.name')) !== evaluationEventName) continue
        telemetry.read++
        const metrics = readScore(attributes, settings)
        if (refusal !== undefined) telemetry.refusals.add(refusal)
        else if (!metrics)
          telemetry.refusals.add('is an evaluation without gen_ai.evaluation.name and gen_ai.evaluation.score.value')
        else if (!isValidId(traceId, 16) || !isValidId(spanId, 8))
          telemetry.refusals.add('is an evaluation without the trace id and span id of what it evaluates')
        else
          telemetry.contributions.push({
            id: toSpanId(traceId, spanId, `score ${Object.keys(metrics)[0]}`),
            spanId: toSpanId(traceId, spanId),
            metrics,
            isScore: true,
            isOfSpan: false,
          })
      }
  }
  return telemetry
}
