/**
 * An agent that knows nothing of the optimizer: the stock SDK of OpenTelemetry sends its spans.
 *
 * OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:8080 INSTANCE_ID=node-bot-1 node agent.js
 *
 * With LOG_FILE, it also writes a line for each span to a log of its own; with ANSWERS, it ends after so many answers.
 */
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

const { INSTANCE_ID = 'node-bot-1', LOG_FILE, ANSWERS = 'Infinity' } = process.env

const log = {
  onStart() {},
  onEnd({ name, startTime, endTime, attributes, status }) {
    const failed = status.code === SpanStatusCode.ERROR
    appendFileSync(LOG_FILE, `${JSON.stringify({ name, startTime, endTime, failed, ...attributes })}\n`)
  },
  async forceFlush() {},
  async shutdown() {},
}

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
const provider = new TracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'node-bot', 'service.instance.id': INSTANCE_ID }),
  spanProcessors: [
    new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), scheduledDelayMillis: 1_000 }),
    ...(LOG_FILE ? [log] : []),
  ],
})
trace.setGlobalTracerProvider(provider)
const tracer = trace.getTracer('node-bot')

/** Stands for a call of a language model, which fails now and then. */
async function callModel() {
  const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'small-1' }
  await tracer.startActiveSpan('chat small-1', { kind: SpanKind.CLIENT, attributes }, async (span) => {
    span.setAttribute('gen_ai.usage.input_tokens', 200 + Math.floor(Math.random() * 100))
    span.setAttribute('gen_ai.usage.output_tokens', 80 + Math.floor(Math.random() * 40))
    await sleep(10 + Math.random() * 20)
    span.end()
  })
  if (Math.random() < 0.1) throw new Error('the answer was cut off')
}

for (let answers = 0; answers < Number(ANSWERS); answers++)
  await tracer.startActiveSpan('answer', async (span) => {
    await callModel().catch(({ message }) => span.setStatus({ code: SpanStatusCode.ERROR, message }))
    span.end()
  })
await provider.shutdown()
