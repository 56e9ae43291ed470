import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { TelemetryPresence } from '../../../src/api/gateway/telemetry-presence.ts'
import { telemetrySchema } from '../../../src/model/telemetry.ts'
import { readMetrics } from '../../../src/reading/metrics.ts'
import { readStatus } from '../../../src/reading/status.ts'
import { collectSnapshot } from '../../../src/sources/collect.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { deleteUnmatchedTelemetry } from '../../../src/store/telemetry/ingest.ts'
import { decode, encode } from '../../../src/telemetry/decode.ts'
import {
  ExportTraceServiceRequestSchema,
  ExportTraceServiceResponseSchema,
} from '../../../src/telemetry/proto/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts'
import { appOf } from '../../support/api.ts'
import {
  evaluationsOf,
  newSpanId,
  newTraceId,
  resource,
  type SpanInput,
  span,
  toAttributes,
  tracesOf,
} from '../../support/otlp.ts'
import { countStatements } from '../../support/statements.ts'
import { announcement, createTestStore, type TestStore } from '../../support/store.ts'
import { withClosedTemporal } from '../../support/temporal.ts'

const settings = telemetrySchema.parse({
  prices: { 'gpt-small': { inputUsdPerMillion: 2, outputUsdPerMillion: 8 } },
  evaluations: { Relevance: 'qualityScore' },
  metrics: { 'cache.hit_ratio': 'cacheHitRate' },
})

let store: TestStore
let optimizer: Awaited<ReturnType<typeof withClosedTemporal>>
let app: ReturnType<typeof appOf>
beforeAll(async () => {
  store = await createTestStore()
  optimizer = await withClosedTemporal(store.db)
  app = appOf(optimizer, settings)
})
afterAll(() => store?.drop())

let names = 0
/** A service that no other test has. */
let bot: string
beforeEach(() => {
  bot = `bot-${++names}`
})

const post = (path: string, body: Uint8Array | string, headers: Record<string, string> = {}) =>
  app.request(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: body as string })

/** Sends spans of this test's service, each in a request of its own if they are lists; returns what was refused. */
async function send(service: string, spans: object[]): Promise<string | undefined> {
  const response = await post('/v1/traces', JSON.stringify(tracesOf(service, spans)))
  expect(response.status).toBe(200)
  return ((await response.json()) as { partialSuccess?: { errorMessage: string } }).partialSuccess?.errorMessage
}

const listExecutions = (agentName: string) =>
  store.db.selectFrom('agentExecutions').where('agentName', '=', agentName).orderBy('timestamp').selectAll().execute()
const listMessages = (fromAgent: string) =>
  store.db.selectFrom('agentMessages').where('fromAgent', '=', fromAgent).selectAll().execute()

const chat = (traceId: string, parentSpanId: string, more: SpanInput = {}) =>
  span({
    traceId,
    parentSpanId,
    kind: 3,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-small',
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 10,
    },
    ...more,
  })

describe('an agent that sends OpenTelemetry data', () => {
  test('is watched like any other: in status, profiles and metrics', async () => {
    const spans = Array.from({ length: 20 }, (_, index) =>
      span({ durationMs: 3_000, ...(index % 2 === 0 && { error: 'timeout' }) }),
    )
    expect(await send(bot, spans)).toBeUndefined()
    const status = await readStatus(optimizer)
    expect(status.agents).toContainEqual(expect.objectContaining({ agentId: bot, live: 1, version: 1 }))
    const { agents } = await collectSnapshot({ db: store.db, now: Date.now(), goal: { start: 0, target: 1 } })
    expect(agents.find(({ agentId }) => agentId === bot)).toMatchObject({ responseTime: 3_000, successRate: 0.5 })
    const [metrics] = await readMetrics(optimizer, bot)
    expect(metrics!.metrics).toContainEqual(expect.objectContaining({ metric: 'responseTime', value: 3_000 }))
  })

  test('has the version that it reports, or else the one of its instance, which is marked', async () => {
    await send(bot, [span({ at: Date.now() - 1_000 }), span({ attributes: { 'optimizer.configuration.version': 4 } })])
    expect(await listExecutions(bot)).toMatchObject([
      { configurationVersion: 1, versionAssumed: true, instanceId: `${bot}-1` },
      { configurationVersion: 4, versionAssumed: false },
    ])
  })

  test('stays live between two exports, but not for ever', async () => {
    const presence = new TelemetryPresence(store.db, 90_000, () => undefined)
    const source = { agentId: bot, kind: bot, instanceId: `${bot}-1` }
    const heartbeat = async () => {
      const row = await store.db.selectFrom('agentInstances').where('agentId', '=', bot).select('heartbeatAt').executeTakeFirst()
      return row!.heartbeatAt.getTime()
    }
    await send(bot, [span()])
    const now = Date.now()
    await presence.hear([source], now)
    expect(await heartbeat()).toBe(now)
    await presence.beat(now + 80_000)
    expect(await heartbeat()).toBe(now + 80_000)
    await presence.beat(now + 91_000)
    expect(await heartbeat()).toBe(now + 80_000)
  })

  test('counts once whatever is sent again, also with other content', async () => {
    const first = span()
    await Promise.all([send(bot, [first]), send(bot, [first])])
    await send(bot, [{ ...first, endTimeUnixNano: String(BigInt(first.endTimeUnixNano) - 1_000_000n) }])
    expect(await listExecutions(bot)).toHaveLength(1)
  })

  test('may speak the agent protocol too: its instances and knobs stay as it announced them', async () => {
    await registerInstance(store.db, announcement(bot, `${bot}-1`, { kind: 'announced' }), Date.now())
    await store.db
      .updateTable('agentInstances')
      .set({ heartbeatAt: new Date(0) })
      .where('agentId', '=', bot)
      .execute()
    await send(bot, [span()])
    const [other] = (tracesOf(bot, [span()], `${bot}-2`) as { resourceSpans: object[] }).resourceSpans
    await post('/v1/traces', JSON.stringify({ resourceSpans: [other] }))
    expect(await listExecutions(bot)).toHaveLength(2)
    const instances = await store.db.selectFrom('agentInstances').where('agentId', '=', bot).selectAll().execute()
    expect(instances).toMatchObject([{ transport: 'nats', heartbeatAt: new Date(0) }])
  })
})

describe('agents that are met for the first time', () => {
  const tracesOfMany = (services: string[]) => ({
    resourceSpans: services.map((service) => ({ resource: resource(service), scopeSpans: [{ spans: [span()] }] })),
  })
  const postTo = (api: typeof app, traces: object) =>
    api.request('/v1/traces', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(traces),
    })
  const countAgents = async () =>
    (await store.db.selectFrom('agents').where('forgottenAt', 'is', null).select('agentId').execute()).length

  test('are registered together, each with its version and its instance', async () => {
    const services = Array.from({ length: 500 }, (_, index) => `${bot}-${index}`)
    const { db, sent } = countStatements(store.db)
    const response = await postTo(appOf({ db } as typeof optimizer), tracesOfMany(services))
    expect(response.status).toBe(200)
    expect(sent()).toBeLessThan(25)
    const rows = await store.db
      .selectFrom('agentInstances')
      .innerJoin('provenVersions', 'provenVersions.agentId', 'agentInstances.agentId')
      .where('agentInstances.agentId', 'in', services)
      .select(['instanceId', 'version', 'assignedVersion', 'transport'])
      .execute()
    expect(rows).toHaveLength(500)
    expect(rows[0]).toMatchObject({ version: 1, assignedVersion: 1, transport: 'otlp' })
  })

  test('are refused beyond the limit, counted, and named briefly; those that are known are not', async () => {
    await send(bot, [span()])
    const limited = appOf(optimizer, telemetrySchema.parse({ maxAgents: (await countAgents()) + 1 }))
    const services = [bot, ...Array.from({ length: 40 }, (_, index) => `${bot}-new-${String(index).padStart(2, '0')}`)]
    const response = await postTo(limited, tracesOfMany(services))
    const { partialSuccess } = (await response.json()) as { partialSuccess: { rejectedSpans: string; errorMessage: string } }
    expect(partialSuccess).toMatchObject({
      rejectedSpans: '39',
      errorMessage: expect.stringMatching(/^39 × belongs to a new agent, .*telemetry\.maxAgents/),
    })
    expect(await listExecutions(bot)).toHaveLength(2)
    expect(await listExecutions(`${bot}-new-00`)).toHaveLength(1)
    expect(await listExecutions(`${bot}-new-01`)).toHaveLength(0)
    const metrics = await (await limited.request('/metrics')).text()
    expect(metrics).toContain('optimizer_telemetry_records_total{outcome="accepted"} 2')
    expect(metrics).toContain('optimizer_telemetry_records_total{outcome="refused"} 39')
  })

  test('may have any number of instances up to the limit', async () => {
    const { length } = await store.db.selectFrom('agentInstances').select('instanceId').execute()
    const limited = appOf(optimizer, telemetrySchema.parse({ maxInstances: length + 1 }))
    const [a, b] = ['1', '2'].map((instance) => tracesOf(bot, [span()], instance).resourceSpans[0])
    const response = await postTo(limited, { resourceSpans: [a, b] })
    expect(await response.text()).toContain('1 × comes from a new instance')
    expect(await listExecutions(bot)).toMatchObject([{ instanceId: '1' }])
  })

  test('are counted once if they arrive twice at once', async () => {
    const services = Array.from({ length: 30 }, (_, index) => `${bot}-${index}`)
    const answers = await Promise.all(
      [services, services.toReversed(), services].map((each) => post('/v1/traces', JSON.stringify(tracesOfMany(each)))),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    const rows = await store.db.selectFrom('configurations').where('agentId', 'in', services).selectAll().execute()
    expect(rows).toHaveLength(30)
  })
})

describe('what spans below an execution used', () => {
  const usage = { inputTokens: 200, outputTokens: 20, costUsd: (200 * 2 + 20 * 8) / 1e6 }

  test.each(['before', 'after', 'at the same time as'])('is added if it comes %s the execution', async (when) => {
    const [traceId, root, tool] = [newTraceId(), newSpanId(), newSpanId()]
    const execution = () => send(bot, [span({ traceId, spanId: root })])
    const below = async () => {
      // The span between them comes last, as it ends after those below it.
      await send(bot, [chat(traceId, tool), chat(traceId, root)])
      await send(bot, [span({ traceId, spanId: tool, parentSpanId: root })])
    }
    if (when === 'before') await below().then(execution)
    else if (when === 'after') await execution().then(below)
    else await Promise.all([execution(), below()])
    expect((await listExecutions(bot))[0]!.metrics).toEqual(usage)
  })

  test('is added once, however often it is sent', async () => {
    const [traceId, root] = [newTraceId(), newSpanId()]
    const call = chat(traceId, root)
    for (const spans of [[call], [call], [span({ traceId, spanId: root })], [call]]) await send(bot, spans)
    expect((await listExecutions(bot))[0]!.metrics).toMatchObject({ inputTokens: 100, outputTokens: 10 })
  })

  test('is not added to what the execution reports itself', async () => {
    const [traceId, root] = [newTraceId(), newSpanId()]
    await send(bot, [chat(traceId, root)])
    await send(bot, [span({ traceId, spanId: root, attributes: { 'gen_ai.usage.input_tokens': 7 } })])
    expect((await listExecutions(bot))[0]!.metrics).toMatchObject({ inputTokens: 7 })
  })

  test('is added if a span between them came in an earlier request', async () => {
    const [traceId, root, tool] = [newTraceId(), newSpanId(), newSpanId()]
    await send(bot, [span({ traceId, spanId: tool, parentSpanId: root }), span({ traceId, spanId: root })])
    await send(bot, [chat(traceId, tool), chat(traceId, root)])
    expect((await listExecutions(bot))[0]!.metrics).toEqual(usage)
  })

  test.each([
    ['inner first', [0, 1, 2]],
    ['outer first', [1, 0, 2]],
    ['execution first', [2, 0, 1]],
    ['execution and outer first', [2, 1, 0]],
  ])('is counted once where the call of an SDK is within that of a framework, in several requests, %s', async (_, order) => {
    const [traceId, root, outer] = [newTraceId(), newSpanId(), newSpanId()]
    const tokens = { 'llm.token_count.prompt': 100, 'llm.token_count.completion': 10, 'llm.cost.total': 1 }
    const inner = span({ traceId, parentSpanId: outer, attributes: { 'openinference.span.kind': 'LLM', ...tokens } })
    const spans = [inner, chat(traceId, root, { spanId: outer }), span({ traceId, spanId: root })]
    for (const index of order) await send(bot, [spans[index]!])
    expect((await listExecutions(bot))[0]!.metrics).toEqual({
      inputTokens: 100,
      outputTokens: 10,
      costUsd: (100 * 2 + 10 * 8) / 1e6,
    })
  })

  test.each([
    ['in one request', (spans: object[]) => [spans]],
    ['in several requests', (spans: object[]) => spans.map((each) => [each])],
    ['after the execution', (spans: object[]) => spans.map((each) => [each]).reverse()],
  ])('is unknown if one of the calls does not report it, %s', async (_how, split) => {
    const [traceId, root] = [newTraceId(), newSpanId()]
    const silent = chat(traceId, root, { attributes: { 'gen_ai.operation.name': 'chat' } })
    for (const spans of split([chat(traceId, root), silent, span({ traceId, spanId: root })])) await send(bot, spans)
    expect((await listExecutions(bot))[0]!.metrics ?? {}).toEqual({})
  })

  test('is what the call of an SDK reports within that of a framework that reports nothing, also if it comes again', async () => {
    const [traceId, root] = [newTraceId(), newSpanId()]
    const outer = chat(traceId, root, { attributes: { 'gen_ai.operation.name': 'chat' } })
    const rest = [outer, span({ traceId, spanId: root })]
    for (const spans of [[chat(traceId, outer.spanId)], rest, rest]) await send(bot, spans)
    expect((await listExecutions(bot))[0]!.metrics).toEqual({
      inputTokens: 100,
      outputTokens: 10,
      costUsd: (100 * 2 + 10 * 8) / 1e6,
    })
  })

  test('is counted when it is removed, because its execution did not come', async () => {
    await send(bot, [chat(newTraceId(), newSpanId())])
    const later = Date.now() + 7_300_000
    expect(await deleteUnmatchedTelemetry(store.db, later)).toBeGreaterThan(0)
    expect(await deleteUnmatchedTelemetry(store.db, later)).toBe(0)
  })

  test.each(['one request', 'several requests'])('is its cost if it reports only its tokens, in %s', async (how) => {
    const [traceId, root] = [newTraceId(), newSpanId()]
    const tokens = { 'gen_ai.usage.input_tokens': 7, 'gen_ai.usage.output_tokens': 1 }
    const spans = [chat(traceId, root), chat(traceId, root), span({ traceId, spanId: root, attributes: tokens })]
    if (how === 'one request') await send(bot, spans)
    else for (const each of spans) await send(bot, [each])
    expect((await listExecutions(bot))[0]!.metrics).toEqual({ ...usage, inputTokens: 7, outputTokens: 1 })
  })

  test.each([
    ['in one request', (spans: object[]) => [spans]],
    ['in several requests', (spans: object[]) => spans.map((each) => [each])],
    ['after the execution', (spans: object[]) => spans.map((each) => [each]).reverse()],
  ])('has no cost if one of the models has no price, %s', async (_how, split) => {
    const [traceId, root] = [newTraceId(), newSpanId()]
    const attributes = { 'gen_ai.request.model': 'unlisted', 'gen_ai.usage.input_tokens': 100, 'gen_ai.usage.output_tokens': 10 }
    const unpriced = span({ traceId, parentSpanId: root, kind: 3, attributes })
    for (const spans of split([chat(traceId, root), unpriced, chat(traceId, root), span({ traceId, spanId: root })]))
      await send(bot, spans)
    expect((await listExecutions(bot))[0]!.metrics).toEqual({ inputTokens: 300, outputTokens: 30 })
    expect(await (await app.request('/metrics')).text()).toMatch(
      /optimizer_telemetry_unpriced_calls_total{model="unlisted"} [1-9]/,
    )
  })
})

describe('an evaluation', () => {
  const evaluate = async (results: Parameters<typeof evaluationsOf>[1]) =>
    await post('/v1/logs', JSON.stringify(evaluationsOf('judge', results)))

  test.each(['late', 'early'])('scores its execution if it comes %s', async (when) => {
    const execution = span()
    const { traceId, spanId } = execution
    const score = () => evaluate([{ traceId, spanId, name: 'Relevance', value: 0.75 }])
    if (when === 'late') await send(bot, [execution]).then(score)
    else await score().then(() => send(bot, [execution]))
    await evaluate([{ traceId, spanId, name: 'Relevance', value: 0.1 }])
    expect((await listExecutions(bot))[0]).toMatchObject({ metrics: { qualityScore: 0.75 }, scoredAt: expect.any(Date) })
  })

  test('of a call of a language model scores the execution above it, long after both', async () => {
    const [traceId, root] = [newTraceId(), newSpanId()]
    const call = chat(traceId, root)
    await send(bot, [call, span({ traceId, spanId: root })])
    await evaluate([{ traceId, spanId: call.spanId, name: 'Relevance', value: 0.5 }])
    expect((await listExecutions(bot))[0]!.metrics).toMatchObject({ qualityScore: 0.5, inputTokens: 100 })
  })

  test('of a call scores the execution, also if the span between them came later than the call', async () => {
    const [traceId, root, tool] = [newTraceId(), newSpanId(), newSpanId()]
    const call = chat(traceId, tool)
    await send(bot, [call])
    await send(bot, [span({ traceId, spanId: tool, parentSpanId: root }), span({ traceId, spanId: root })])
    await evaluate([{ traceId, spanId: call.spanId, name: 'Relevance', value: 0.5 }])
    expect((await listExecutions(bot))[0]!.metrics).toMatchObject({ qualityScore: 0.5 })
  })

  test('is refused if it scores no known metric or nothing, or not from 0 to 1', async () => {
    const { traceId, spanId } = span()
    const answer = await evaluate([
      { traceId, spanId, name: 'Charm'.repeat(1_000), value: 0.5 },
      { traceId, spanId, name: 'Relevance', value: 5 },
      { traceId: '0'.repeat(32), spanId, name: 'Relevance', value: 0.5 },
    ])
    const { partialSuccess } = (await answer.json()) as { partialSuccess: { rejectedLogRecords: string; errorMessage: string } }
    expect(partialSuccess.rejectedLogRecords).toBe('3')
    for (const reason of ['no metric Charm', 'qualityScore must be from 0 to 1', 'without the trace id'])
      expect(partialSuccess.errorMessage).toContain(reason)
    expect(partialSuccess.errorMessage.length).toBeLessThan(1_000)
  })

  test('within a span is refused without the span', async () => {
    const fresh = appOf(optimizer, settings)
    const events = ['unheard', 'of', 'qualityScore'].map((name) => ({
      name: 'gen_ai.evaluation.result',
      attributes: { 'gen_ai.evaluation.name': name, 'gen_ai.evaluation.score.value': 1 },
    }))
    const response = await fresh.request('/v1/traces', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(tracesOf(bot, [span({ events })])),
    })
    const { partialSuccess } = (await response.json()) as { partialSuccess: { rejectedSpans?: string; errorMessage: string } }
    expect(partialSuccess.rejectedSpans).toBeUndefined()
    expect(partialSuccess.errorMessage).toContain('there is no metric unheard')
    expect((await listExecutions(bot))[0]!.metrics).toEqual({ qualityScore: 1 })
    const metrics = await (await fresh.request('/metrics')).text()
    expect(metrics).toContain('optimizer_telemetry_records_total{outcome="accepted"} 2')
    expect(metrics).toContain('optimizer_telemetry_records_total{outcome="refused"} 2')
  })

  test('makes no agent of who evaluates', async () => {
    expect((await readStatus(optimizer)).agents.map(({ agentId }) => agentId)).not.toContain('judge')
  })
})

describe('a call from one agent to another', () => {
  test.each(['caller first', 'callee first', 'both at once'])('is a message, %s', async (order) => {
    const traceId = newTraceId()
    const calling = span({ traceId, parentSpanId: newSpanId(), kind: 3, durationMs: 40 })
    const serving = span({ traceId, parentSpanId: calling.spanId, kind: 2 })
    const requests = [() => send(bot, [calling]), () => send(`${bot}-callee`, [serving])]
    if (order === 'callee first') requests.reverse()
    if (order === 'both at once') await Promise.all(requests.map((request) => request()))
    else for (const request of requests) await request()
    expect(await listMessages(bot)).toMatchObject([
      { toAgent: `${bot}-callee`, latencyMs: 40, delivered: true, instanceId: `${bot}-1`, configurationVersion: 1 },
    ])
  })

  test('is a failed message if nobody serves it, once calls between the two are known', async () => {
    const [traceId, callee] = [newTraceId(), `${bot}-callee`]
    const call = (more: SpanInput = {}) =>
      span({ traceId, parentSpanId: newSpanId(), kind: 3, attributes: { 'peer.service': callee }, ...more })
    const failed = { error: 'ECONNREFUSED', durationMs: 3 }
    await send(bot, [call(failed)])
    expect(await listMessages(bot)).toEqual([])
    const answered = call()
    await send(bot, [answered])
    await send(callee, [span({ traceId, parentSpanId: answered.spanId, kind: 2 })])
    const refused = call(failed)
    for (const each of [refused, refused]) await send(bot, [each])
    // It was served after all, and failed.
    await send(callee, [span({ traceId, parentSpanId: refused.spanId, kind: 2 })])
    const messages = (await listMessages(bot)).map(({ toAgent, delivered, latencyMs }) => [toAgent, delivered, latencyMs])
    expect(messages.sort()).toEqual([
      [callee, false, 3],
      [callee, true, 20],
    ])
  })

  test('through a queue takes until the other side begins', async () => {
    const [traceId, at] = [newTraceId(), Date.now()]
    const sending = span({ traceId, parentSpanId: newSpanId(), kind: 4, at: at - 500, durationMs: 2 })
    await send(bot, [sending])
    await send(`${bot}-callee`, [span({ traceId, parentSpanId: sending.spanId, kind: 5, at, durationMs: 100 })])
    expect(await listMessages(bot)).toMatchObject([{ toAgent: `${bot}-callee`, latencyMs: 402 }])
  })
})

describe('metrics', () => {
  test('are self-reports where the configuration names them, and keep the instance alive', async () => {
    await send(bot, [span()])
    const past = new Date(Date.now() - 60_000)
    await store.db.updateTable('agentInstances').set({ heartbeatAt: past }).where('agentId', '=', bot).execute()
    const point = (value: number) => ({
      timeUnixNano: `${BigInt(Date.now()) * 1_000_000n}`,
      asDouble: value,
      attributes: toAttributes({}),
    })
    const metrics = [
      { name: 'cache.hit_ratio', gauge: { dataPoints: [point(0.25), point(7)] } },
      { name: 'gen_ai.client.operation.duration', histogram: { aggregationTemporality: 1, dataPoints: [{ count: 1 }] } },
    ]
    // A process that has not heard the instance lately.
    const fresh = appOf(optimizer, settings)
    const response = await fresh.request('/v1/metrics', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceMetrics: [{ resource: resource(bot), scopeMetrics: [{ metrics }] }] }),
    })
    expect(await response.json()).toEqual({
      partialSuccess: { rejectedDataPoints: '1', errorMessage: '1 × cache.hit_ratio has an invalid value for cacheHitRate' },
    })
    const reports = await store.db.selectFrom('agentSelfReports').where('agentId', '=', bot).selectAll().execute()
    expect(reports).toMatchObject([{ cacheHitRate: 0.25, instanceId: `${bot}-1` }])
    expect((await readStatus(optimizer)).agents.find(({ agentId }) => agentId === bot)).toMatchObject({ live: 1 })
    expect(await (await fresh.request('/metrics')).text()).toContain(
      'optimizer_telemetry_ignored_points_total{metric="gen_ai.client.operation.duration"} 1',
    )
  })
})

test('an agent that sends only metrics is watched if the configuration names one of them, up to the limit', async () => {
  const gauge = (name: string) => ({
    name,
    gauge: { dataPoints: [{ timeUnixNano: `${BigInt(Date.now())}000000`, asDouble: 0.5 }] },
  })
  const full = await store.db.selectFrom('agents').select('agentId').where('forgottenAt', 'is', null).execute()
  const limited = appOf(optimizer, { ...settings, maxAgents: full.length + 1 })
  const sendOf = async (agentId: string, name: string) => {
    const response = await limited.request('/v1/metrics', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceMetrics: [{ resource: resource(agentId), scopeMetrics: [{ metrics: [gauge(name)] }] }] }),
    })
    return ((await response.json()) as { partialSuccess?: { errorMessage: string } }).partialSuccess?.errorMessage
  }
  expect(await sendOf(`${bot}-unnamed`, 'cpu')).toBeUndefined()
  expect(await sendOf(bot, 'cache.hit_ratio')).toBeUndefined()
  expect(await sendOf(`${bot}-further`, 'cache.hit_ratio')).toContain('1 × cache.hit_ratio belongs to a new agent')
  const { agents } = await readStatus(optimizer)
  expect(agents.filter(({ agentId }) => agentId.startsWith(bot))).toMatchObject([{ agentId: bot, live: 1 }])
  const reports = await store.db.selectFrom('agentSelfReports').select('agentId').where('agentId', 'like', `${bot}%`).execute()
  expect(reports).toEqual([{ agentId: bot }])
})

describe('a request', () => {
  const body = () => Buffer.from(JSON.stringify(tracesOf(bot, [span(), span({ durationMs: -1 })])))
  const protobuf = { 'content-type': 'application/x-protobuf' }
  const gzip = { 'content-encoding': 'gzip' }

  test('in protobuf and gzip is answered in protobuf, with what was refused', async () => {
    const bytes = encode(ExportTraceServiceRequestSchema, decode(ExportTraceServiceRequestSchema, body(), 'json'), 'protobuf')
    const response = await post('/v1/traces', gzipSync(bytes), { ...protobuf, ...gzip })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/x-protobuf')
    const answer = decode(ExportTraceServiceResponseSchema, new Uint8Array(await response.arrayBuffer()), 'protobuf')
    expect(answer.partialSuccess).toMatchObject({ rejectedSpans: 1n, errorMessage: '1 × ends before it starts' })
    expect(await listExecutions(bot)).toHaveLength(1)
  })

  test('without a refusal is answered with an empty message', async () => {
    const response = await post('/v1/traces', JSON.stringify(tracesOf(bot, [span()])))
    expect(await response.text()).toBe('{}')
  })

  test.each([
    ['truncated gzip', () => gzipSync(body()).subarray(0, -9), gzip, 400, 3],
    ['no gzip at all', () => body(), gzip, 400, 3],
    ['garbage', () => Buffer.from('hello'), {}, 400, 3],
    ['protobuf garbage', () => Buffer.from('hello'), protobuf, 400, 3],
    ['text that is not UTF-8', () => Buffer.from('{"resourceSpans":[],"a":"\xff"}', 'latin1'), {}, 400, 3],
    ['JSON that is 10,000 levels deep', () => Buffer.from(`{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`), {}, 400, 3],
    ['too large as it is sent', () => Buffer.alloc(9 * 1024 * 1024, ' '), {}, 413, 8],
    ['too large once it is inflated', () => gzipSync(Buffer.alloc(33 * 1024 * 1024, ' ')), gzip, 413, 8],
    ['compressed in another way', () => body(), { 'content-encoding': 'br' }, 415, 3],
    ['of another content type', () => body(), { 'content-type': 'text/plain' }, 415, 3],
  ])('with %s is refused, and nothing is stored', async (_, content, headers, status, code) => {
    const response = await post('/v1/traces', content(), headers as Record<string, string>)
    expect(response.status).toBe(status)
    if (headers !== protobuf) expect(await response.json()).toMatchObject({ code, message: expect.any(String) })
    expect(await listExecutions(bot)).toEqual([])
  })

  test.each(['traces', 'metrics', 'logs'])('of %s with protobuf garbage is refused, and counted', async (signal) => {
    const response = await post(`/v1/${signal}`, Buffer.from(body().toReversed()), protobuf)
    expect(response.status).toBe(400)
    const metrics = await (await app.request('/metrics')).text()
    expect(metrics).toMatch(new RegExp(`optimizer_agent_requests_total{request="${signal}",status="400"} [1-9]`))
  })

  test('with bad records among good ones stores these, and counts and names the others', async () => {
    const fresh = appOf(optimizer, settings)
    const late = span({ at: Date.now() - 3_600_000, parentSpanId: newSpanId(), kind: 2 })
    const odd = span({ name: 'a\0b', error: 'c\0d', attributes: { 'gen_ai.evaluation.name': 'e\0f' } })
    const ahead = Date.now() + 3_600_000
    const spans = [
      ...[late, odd, span(), span({ durationMs: -1 }), odd],
      ...['1970-01-01T00:01:00Z', '2099-01-01T00:00:00Z'].map((at) => span({ at: Date.parse(at) })),
    ]
    // Of two instances, the clock of one is ahead by an hour, and that of another behind.
    const other = tracesOf(bot, [span({ at: ahead })], 'ahead').resourceSpans
    const behind = tracesOf(bot, [span({ at: Date.now() - 3_600_000 })], 'behind').resourceSpans
    const { resourceSpans } = tracesOf(bot, spans)
    const response = await fresh.request('/v1/traces', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceSpans: [...resourceSpans, ...other, ...behind] }),
    })
    const { partialSuccess } = (await response.json()) as { partialSuccess: { rejectedSpans: string; errorMessage: string } }
    expect(partialSuccess.rejectedSpans).toBe('5')
    for (const reason of ['2 × ends in the future', 'ends before it starts', 'more than a week ago', 'repeats the span id'])
      expect(partialSuccess.errorMessage).toContain(reason)
    const stored = await listExecutions(bot)
    expect(stored.map(({ instanceId }) => instanceId).sort()).toEqual(['behind', ...Array(3).fill(`${bot}-1`)])
    expect(stored).toContainEqual(expect.objectContaining({ executionType: 'a\ufffdb', errorMessage: 'c\ufffdd' }))
    const metrics = await (await fresh.request('/metrics')).text()
    expect(metrics).toContain('optimizer_telemetry_records_total{outcome="accepted"} 4')
    expect(metrics).toContain('optimizer_telemetry_records_total{outcome="refused"} 5')
  })

  test('with names as long as the request lets them be counts what it does not use under short ones', async () => {
    const fresh = appOf(optimizer, settings)
    const name = `depth\0"\n${'x'.repeat(100_000)}`
    const calling = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': name, 'gen_ai.usage.input_tokens': 1 }
    const metric = { name, gauge: { dataPoints: [{ timeUnixNano: `${BigInt(Date.now()) * 1_000_000n}`, asInt: '1' }] } }
    const headers = { 'content-type': 'application/json' }
    const send = (path: string, content: object) =>
      fresh.request(path, { method: 'POST', headers, body: JSON.stringify(content) })
    expect((await send('/v1/traces', tracesOf(bot, [span({ attributes: calling })]))).status).toBe(200)
    expect(
      (await send('/v1/metrics', { resourceMetrics: [{ resource: resource(bot), scopeMetrics: [{ metrics: [metric] }] }] }))
        .status,
    ).toBe(200)
    const metrics = await (await fresh.request('/metrics')).text()
    expect(metrics.match(/{(metric|model)="depth\ufffd\\"\\nx{92}"} 1/g)).toHaveLength(2)
    expect(metrics.includes('x'.repeat(200))).toBe(false)
  })

  test('is refused for the time being if too many wait', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => post('/v1/traces', body())))
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]!.headers.get('retry-after')).toBe('2')
    expect(answers.filter(({ status }) => status === 200).length + refused.length).toBe(100)
  })
})
