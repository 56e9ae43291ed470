import { execFile } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { type ServerType, serve } from '@hono/node-server'
import { expect, onTestFinished, test } from 'vitest'
import { metricDeclarationsSchema } from '../../../src/model/configured-metrics.ts'
import { telemetrySchema } from '../../../src/model/telemetry.ts'
import { collectSnapshot } from '../../../src/sources/collect.ts'
import { appOf } from '../../support/api.ts'
import { span, tracesOf } from '../../support/otlp.ts'
import { installPackages } from '../../support/python.ts'
import { createTestStore } from '../../support/store.ts'
import { withClosedTemporal } from '../../support/temporal.ts'

/** Works, exports, works the same again, and exports; by default, sums and histograms are since the start. */
const program = `
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

resource = Resource.create({"service.name": "metric-bot", "service.instance.id": "metric-bot-1"})
provider = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter(), export_interval_millis=3_600_000)], resource=resource)
meter = provider.get_meter("bot")
calls, queue, wait = meter.create_counter("api.calls"), meter.create_up_down_counter("queue.depth"), meter.create_histogram("wait")

def work():
    calls.add(3)
    queue.add(2, {"shard": "a"})
    queue.add(1, {"shard": "b"})
    for ms in (5, 20, 20, 90):
        wait.record(ms)

work()
provider.force_flush()
work()
provider.shutdown()
`

test('counters, levels and histograms of a stock exporter are figures of the agent', async () => {
  const telemetry = telemetrySchema.parse({ metrics: { 'api.calls': 'apiCallsUsed' } })
  const metrics = metricDeclarationsSchema.parse([
    { name: 'queueDepth', kind: 'count', direction: 'lower', otlp: { name: 'queue.depth' } },
    { name: 'waitMs', unit: 'ms', kind: 'continuous', direction: 'lower', otlp: { name: 'wait' } },
    { name: 'waitP90', unit: 'ms', kind: 'continuous', direction: 'lower', otlp: { name: 'wait', statistic: 'p90' } },
  ])
  const store = await createTestStore()
  onTestFinished(() => store.drop())
  const app = appOf(await withClosedTemporal(store.db), telemetry, { metrics })
  const server = await new Promise<ServerType>((resolve) => {
    const listening = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(listening))
  })
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const headers = { 'content-type': 'application/json' }
  await fetch(`${url}/v1/traces`, { method: 'POST', headers, body: JSON.stringify(tracesOf('metric-bot', [span()])) })

  const PYTHONPATH = await installPackages(new URL('../../../examples/python-otel/', import.meta.url))
  const env = { ...process.env, PYTHONPATH, OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }
  await promisify(execFile)('python3', ['-c', program], { env })

  const { agents } = await collectSnapshot({ db: store.db, now: Date.now(), goal: { start: 0, target: 1 } })
  // Of four waits, 3.6 are below three fifths of the bucket from 75 to 100.
  expect(agents).toMatchObject([
    { selfReport: { apiCallsUsed: 3 }, metrics: { queueDepth: 6, waitMs: 33.75, waitP90: 75 + 25 * 0.6 } },
  ])
})
