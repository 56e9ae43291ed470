import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { findFigureOrigin } from '../../../src/model/current-figures.ts'
import { configuredMetricSchema } from '../../../src/model/metric.ts'
import { collectSnapshot } from '../../../src/sources/collect.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { appOf } from '../../support/api.ts'
import { eventually } from '../../support/eventually.ts'
import { missingPrometheus, startPrometheus } from '../../support/prometheus.ts'
import { announcement, createTestStore } from '../../support/store.ts'
import { withClosedTemporal } from '../../support/temporal.ts'

/** Serves texts of metrics at `/metrics`. */
async function expose(text: () => Promise<string>): Promise<string> {
  const server = createServer(async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(await text())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

test.skipIf(missingPrometheus)(
  `Prometheus scrapes the optimizer, and is a source of it${missingPrometheus ? ` (skipped: ${missingPrometheus})` : ''}`,
  async () => {
    const store = await createTestStore()
    onTestFinished(() => store.drop())
    await registerInstance(store.db, announcement('hunter', '1'))
    const app = appOf(await withClosedTemporal(store.db))
    const exporters = {
      agents: await expose(
        async () => 'queue_depth{agent="hunter",queue="a"} 12.5\nqueue_depth{agent="hunter",queue="b"} 0.25\n',
      ),
      optimizer: await expose(async () => (await app.request('/metrics')).text()),
    }
    const prometheus = await startPrometheus(exporters)
    onTestFinished(() => prometheus.stop())
    await eventually('both to be scraped', async () => {
      const up = await prometheus.query('up == 1')
      return up.length === 2 || undefined
    })
    expect(await prometheus.query('optimizer_agents')).toMatchObject([
      { metric: { job: 'optimizer' }, value: [expect.any(Number), '1'] },
    ])

    const metric = (name: string, query: string) =>
      configuredMetricSchema.parse({ name, query, kind: 'continuous', direction: 'lower' })
    const metrics = [
      metric('depth', 'sum by (agent) (queue_depth)'),
      metric('depthOfA', 'queue_depth{queue="a"}'),
      metric('wrong', 'sum by ('),
    ]
    // Seconds after the newest sample can be told from the age of the sample, which is that of the latest scrape.
    const now = Date.now()
    const { agents, failedQueries } = await collectSnapshot({
      db: store.db,
      now,
      goal: { start: 0, target: 1 },
      prometheus: { url: prometheus.url, metrics },
    })
    expect(agents[0]?.metrics).toEqual({ depth: 12.75, depthOfA: 12.5 })
    expect(findFigureOrigin(agents[0]!, 'depth')).toMatchObject({ source: 'prometheus', ageMs: 0 })
    const [sampled] = await prometheus.query('timestamp(queue_depth{queue="a"})')
    const age = findFigureOrigin(agents[0]!, 'depthOfA')!.ageMs!
    expect(age).toBeGreaterThanOrEqual(now - Number(sampled!.value[1]) * 1_000)
    expect(age).toBeLessThan(60_000)
    expect(failedQueries).toMatchObject([{ metric: 'wrong', reason: expect.stringContaining('parse error') }])
  },
)
