import { writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readPrometheusHeaders } from '../../../src/config/prometheus-headers.ts'
import { findFigureOrigin } from '../../../src/model/current-figures.ts'
import { type ConfiguredMetric, configuredMetricSchema } from '../../../src/model/metric.ts'
import { collectSnapshot } from '../../../src/sources/collect.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { announcement, createTestStore, type TestStore } from '../../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
  for (const agentId of ['hunter', 'analyzer']) await registerInstance(store.db, announcement(agentId, '1'), Date.now())
})
afterAll(() => store.drop())

const goal = { start: 0, target: 1 }
const metric = (name: string, query: string, known: object = {}): ConfiguredMetric =>
  configuredMetricSchema.parse({ name, query, kind: 'continuous', direction: 'lower', ...known })
const series = (labels: Record<string, string>, value: string) => ({ metric: labels, value: [1_760_000_000, value] })
const vector = (...result: object[]): [number, unknown] => [200, { status: 'success', data: { resultType: 'vector', result } }]
const sampledAt = Math.floor(Date.now() / 1_000) * 1_000 - 90_000
const answers: Record<string, [status: number, body: unknown]> = {
  'max by (agent) (depth)': [
    200,
    {
      status: 'success',
      data: {
        resultType: 'vector',
        result: [
          series({ agent: 'hunter' }, '12.5'),
          series({ agent: 'other' }, '3'),
          series({ agent: 'analyzer' }, 'NaN'),
          series({}, '1'),
        ],
      },
    },
  ],
  plain: [200, { status: 'success', data: { resultType: 'vector', result: [series({ agent: 'hunter' }, '4')] } }],
  'timestamp(plain)': [
    200,
    { status: 'success', data: { resultType: 'vector', result: [series({ agent: 'hunter' }, String(sampledAt / 1_000))] } },
  ],
  'sum by (agent) (plain)': [
    200,
    { status: 'success', data: { resultType: 'vector', result: [series({ agent: 'hunter' }, '4')] } },
  ],
  'sum by (job) (ratio)': [
    200,
    { status: 'success', data: { resultType: 'vector', result: [series({ job: 'analyzer' }, '0.25')] } },
  ],
  percent: vector(series({ agent: 'hunter' }, '95'), series({ agent: 'analyzer' }, '0.5')),
  fraction: vector(series({ agent: 'hunter' }, '1.5')),
  twice: vector(series({ agent: 'hunter', path: 'a' }, '1'), series({ agent: 'hunter', path: 'b' }, '2')),
  'wrong()': [400, { status: 'error', errorType: 'bad_data', error: 'parse error: unexpected end of input' }],
  'scalar()': [200, { status: 'success', data: { resultType: 'scalar', result: [1, '2'] } }],
  'broken()': [502, 'Bad Gateway'],
}

/** A server that answers queries as Prometheus does. */
async function startPrometheus(): Promise<{
  url: string
  queries: string[]
  headers: IncomingHttpHeaders[]
  stop(): void
}> {
  const queries: string[] = []
  const headers: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost')
    const query = searchParams.get('query')!
    queries.push(`${pathname} ${query}`)
    headers.push(request.headers)
    const [status, body] = answers[query]!
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, queries, headers, stop: () => server.close() }
}

test('metrics with a query have their value by agent, and queries that fail are named', async () => {
  const prometheus = await startPrometheus()
  const metrics = [
    metric('queueDepth', 'max by (agent) (depth)'),
    metric('busyShare', 'sum by (job) (ratio)', { kind: 'proportion', agentLabel: 'job' }),
    ...['wrong', 'scalar', 'broken'].map((name) => metric(name, `${name}()`)),
  ]
  const { url } = prometheus
  const { agents, failedQueries } = await collectSnapshot({ db: store.db, now: Date.now(), goal, prometheus: { url, metrics } })
  prometheus.stop()
  const [analyzer, hunter] = agents
  expect([hunter!.metrics, analyzer!.metrics]).toEqual([{ queueDepth: 12.5 }, { busyShare: 0.25 }])
  expect(findFigureOrigin(hunter!, 'queueDepth')).toMatchObject({ source: 'prometheus', ageMs: 0, isCurrent: true })
  expect(hunter!.sources.at(-1)).toMatchObject({ source: 'prometheus', state: 'fresh' })
  expect(failedQueries.map(({ metric, reason }) => `${metric}: ${reason}`).sort()).toEqual([
    expect.stringMatching(/^broken: 502/),
    'queueDepth: 1 of 4 series are without the label agent',
    expect.stringMatching(/^scalar: 200 the result is not a vector/),
    'wrong: parse error: unexpected end of input',
  ])
  expect(prometheus.queries).toHaveLength(5)
  expect(prometheus.queries[0]).toBe('/api/v1/query max by (agent) (depth)')
})

test('series that cannot be used are named with their number and the reason', async () => {
  const prometheus = await startPrometheus()
  const metrics = [
    metric('share', 'sum by (agent) (percent)', { kind: 'proportion' }),
    metric('jobs', 'sum by (agent) (fraction)', { kind: 'count' }),
    metric('paths', 'sum by (agent) (twice)'),
  ]
  for (const { query } of metrics) answers[query!] = answers[query!.slice('sum by (agent) ('.length, -1)]!
  const { url } = prometheus
  const { agents, failedQueries } = await collectSnapshot({ db: store.db, now: Date.now(), goal, prometheus: { url, metrics } })
  prometheus.stop()
  expect(agents.map(({ metrics }) => metrics)).toEqual([{ share: 0.5 }, {}])
  expect(failedQueries).toHaveLength(3)
  expect(failedQueries).toEqual(
    expect.arrayContaining([
      { metric: 'share', isPartial: true, reason: expect.stringMatching(/^1 of 2 series are outside 0 to 1.*by 100$/) },
      { metric: 'jobs', isPartial: false, reason: expect.stringMatching(/^1 of 1 series are not whole numbers/) },
      {
        metric: 'paths',
        isPartial: false,
        reason: expect.stringMatching(/^2 of 2 series are from an agent with several series, such as hunter/),
      },
    ]),
  )
})

test('series of no agent that can be known are named, and an infinite value is not taken for none', async () => {
  const prometheus = await startPrometheus()
  const metrics = ['named', 'others', 'endless'].map((name) => metric(name, `sum by (agent) (${name})`))
  const queried: Record<string, [number, unknown]> = {
    named: vector(series({ agent: 'Fact Checker' }, '1'), series({ agent: 'hunter' }, '2')),
    others: vector(series({ agent: 'stranger' }, '1')),
    endless: vector(series({ agent: 'hunter' }, '+Inf')),
  }
  for (const { name, query } of metrics) answers[query!] = queried[name]!
  const { url } = prometheus
  const { failedQueries } = await collectSnapshot({ db: store.db, now: Date.now(), goal, prometheus: { url, metrics } })
  prometheus.stop()
  expect(Object.fromEntries(failedQueries.map(({ metric, reason, isPartial }) => [metric, `${isPartial} ${reason}`]))).toEqual({
    named: expect.stringMatching(
      /^true 1 of 2 series are labeled with something that cannot be an agent id, such as Fact Checker/,
    ),
    others: expect.stringMatching(/^false none of its 1 series belongs to a known agent; the first belongs to stranger/),
    endless: expect.stringMatching(/^false 1 of 1 series are negative or too large/),
  })
})

test('a Prometheus that asks who we are gets the headers and the token of the file', async () => {
  const prometheus = await startPrometheus()
  const bearerTokenFile = join(temporaryFolder(), 'token')
  writeFileSync(bearerTokenFile, 'very-secret\n')
  const readHeaders = () => readPrometheusHeaders({ headers: { 'x-scope-orgid': 'fleet' }, bearerTokenFile })
  const settings = { url: prometheus.url, readHeaders }
  const read = () =>
    collectSnapshot({ db: store.db, now: Date.now(), goal, prometheus: { ...settings, metrics: [metric('plain', 'plain')] } })
  await read()
  expect(prometheus.headers[0]).toMatchObject({ 'x-scope-orgid': 'fleet', authorization: 'Bearer very-secret' })
  writeFileSync(bearerTokenFile, 'very secret')
  const { failedQueries } = await read()
  prometheus.stop()
  expect(failedQueries).toMatchObject([{ metric: 'plain', reason: expect.stringContaining('contains no valid token') }])
  expect(JSON.stringify(failedQueries)).not.toContain('very secret')
})

test('a value is as old as its sample, and one that Prometheus computes as old as the query', async () => {
  const prometheus = await startPrometheus()
  const metrics = [metric('plain', 'plain'), metric('computed', 'sum by (agent) (plain)')]
  const now = Date.now()
  const { agents } = await collectSnapshot({ db: store.db, now, goal, prometheus: { url: prometheus.url, metrics } })
  prometheus.stop()
  const hunter = agents.find(({ agentId }) => agentId === 'hunter')!
  expect(hunter.metrics).toEqual({ plain: 4, computed: 4 })
  expect(findFigureOrigin(hunter, 'plain')).toMatchObject({ ageMs: now - sampledAt })
  expect(findFigureOrigin(hunter, 'computed')).toMatchObject({ ageMs: 0 })
  expect(prometheus.queries).toHaveLength(3)
})

test('without Prometheus, its metrics are missing and every other source is there', async () => {
  const prometheus = { url: 'http://127.0.0.1:9', metrics: [metric('queueDepth', 'depth')] }
  const { agents, failedQueries } = await collectSnapshot({ db: store.db, now: Date.now(), goal, prometheus })
  expect(agents[0]!.sources.map(({ source, state }) => [source, state])).toContainEqual(['prometheus', 'missing'])
  expect(agents[0]!.sources.map(({ source, state }) => [source, state])).toContainEqual(['system', 'fresh'])
  expect(failedQueries).toHaveLength(1)
})
