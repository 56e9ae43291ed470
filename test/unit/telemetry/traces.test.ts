import { describe, expect, test } from 'vitest'
import { telemetrySchema } from '../../../src/model/telemetry.ts'
import { decode } from '../../../src/telemetry/decode.ts'
import type { RefusalFinder } from '../../../src/telemetry/identity.ts'
import { ExportTraceServiceRequestSchema } from '../../../src/telemetry/proto/opentelemetry/proto/collector/trace/v1/trace_service_pb.ts'
import { Refusals } from '../../../src/telemetry/telemetry.ts'
import { translateTraces } from '../../../src/telemetry/traces.ts'
import { newSpanId, newTraceId, resource, type SpanInput, span, tracesOf } from '../../support/otlp.ts'

const now = Date.now()
const prices = { 'gpt-small': { inputUsdPerMillion: 2, outputUsdPerMillion: 8, cachedInputUsdPerMillion: 0.5 } }

function translate(request: object, settings: object = { prices }, findRefusal: RefusalFinder = () => undefined) {
  const bytes = Buffer.from(JSON.stringify(request))
  return translateTraces(
    decode(ExportTraceServiceRequestSchema, bytes, 'json'),
    telemetrySchema.parse(settings),
    now,
    findRefusal,
  )
}

/** A trace of one service: `below` names the span that another is below by its place in the list. */
function trace(service: string, ...spans: (SpanInput & { below?: number })[]) {
  const traceId = newTraceId()
  const ids = spans.map(() => newSpanId())
  const built = spans.map(({ below, ...input }, index) =>
    span({ traceId, spanId: ids[index]!, ...(below !== undefined && { parentSpanId: ids[below]! }), ...input }),
  )
  return tracesOf(service, built)
}

const chat = (input: number, output: number) => ({
  kind: 3,
  attributes: {
    'gen_ai.operation.name': 'chat',
    'gen_ai.response.model': 'gpt-small',
    'gen_ai.usage.input_tokens': input,
    'gen_ai.usage.output_tokens': output,
  },
})

describe('an execution', () => {
  test('is a span without a parent, with the duration to the microsecond', () => {
    const { executions, performers } = translate(
      tracesOf('support-bot', [span({ name: 'answer', at: now, durationMs: 12.345678 })]),
    )
    expect(executions).toMatchObject([
      { agentId: 'support-bot', instanceId: 'support-bot-1', type: 'answer', durationMs: 12.345678, success: true },
    ])
    expect(executions[0]!.at).toBeCloseTo(now, 2)
    expect([...performers.keys()]).toEqual(['support-bot/support-bot-1'])
  })

  test('is a span that serves another process, and one whose parent was remote', () => {
    const parentSpanId = newSpanId()
    const served = [span({ parentSpanId, kind: 2 }), span({ parentSpanId, kind: 5 }), span({ parentSpanId, flags: 0x301 })]
    expect(translate(tracesOf('bot', served)).executions).toHaveLength(3)
  })

  test('is not a span below another one of its process', () => {
    expect(translate(trace('bot', {}, { below: 0 }, { below: 1, kind: 3 })).executions).toHaveLength(1)
  })

  test('is nothing that a rule excludes, whatever is below it or comes from another process', () => {
    const match = { 'service.name': 'bot', 'http.route': '/health' }
    const settings = { prices, agents: [{ agentId: 'bot', match, executions: 'none' }] }
    const check = { attributes: { 'http.route': '/health' }, kind: 2 }
    const checks = trace('bot', check, { below: 0, kind: 3 }, { below: 1, ...chat(100, 10) })
    const probed = tracesOf('bot', [
      span({ ...check, parentSpanId: newSpanId() }),
      span({ attributes: { 'http.route': '/ask' } }),
    ])
    const { executions, contributions, ancestorLinks, refusals } = translate(
      { resourceSpans: [...checks.resourceSpans, ...probed.resourceSpans] },
      settings,
    )
    expect(executions).toHaveLength(1)
    expect([contributions, ancestorLinks, refusals.count]).toEqual([[], [], 0])
  })

  test('failed if its status says so, with the message of the exception', () => {
    const events = [{ name: 'exception', attributes: { 'exception.message': 'no route' } }]
    const { executions } = translate(tracesOf('bot', [span({ error: '', events }), span({ error: 'timeout' })]))
    expect(executions.map(({ success, error }) => [success, error])).toEqual([
      [false, 'no route'],
      [false, 'timeout'],
    ])
  })

  test('has the version that the span reports, or else its resource', () => {
    const version = { 'optimizer.configuration.version': 7 }
    const own = { resource: resource('bot', 'bot-1', version), scopeSpans: [{ spans: [span(), span({ attributes: version })] }] }
    const odd = span({ attributes: { 'optimizer.configuration.version': 1.5 } })
    const { executions } = translate({ resourceSpans: [own, ...tracesOf('bot', [odd]).resourceSpans] })
    expect(executions.map((each) => each.version)).toEqual([7, 7, undefined])
  })

  test('has the same id in every request', () => {
    const request = tracesOf('bot', [span()])
    expect(translate(request).executions[0]!.id).toBe(translate(request).executions[0]!.id)
  })
})

describe('the agent', () => {
  test('is the one that the span names, in the process of another service', () => {
    const attributes = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'Fact Checker' }
    const { executions, messages } = translate(trace('bot', {}, { below: 0, attributes, durationMs: 5 }))
    expect(executions.map(({ agentId }) => agentId)).toEqual(['bot', 'Fact-Checker'])
    expect(messages).toMatchObject([{ agentId: 'bot', to: 'Fact-Checker', latencyMs: 5, delivered: true }])
  })

  test('works once where its spans are below each other, and again within the work of another agent', () => {
    const invoke = (name: string) => ({ attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': name } })
    const spans = [{}, { below: 0, ...invoke('planner') }, { below: 1 }, { below: 2, ...invoke('planner') }]
    const { executions, messages } = translate(
      trace('app', ...spans, { below: 3, ...invoke('app') }, { below: 4, ...invoke('app') }, { below: 3, ...chat(10, 1) }),
    )
    expect(executions.map(({ agentId, metrics }) => [agentId, metrics.inputTokens])).toEqual([
      ['app', undefined],
      ['planner', 10],
      ['app', undefined],
    ])
    expect(messages.map(({ agentId, to }) => `${agentId} to ${to}`)).toEqual(['app to planner', 'planner to app'])
  })

  test('is the one of OpenInference', () => {
    const attributes = { 'openinference.span.kind': 'AGENT', 'agent.name': 'planner' }
    expect(translate(trace('bot', {}, { below: 0, attributes })).executions.map(({ agentId }) => agentId)).toEqual([
      'bot',
      'planner',
    ])
  })

  test('is the one of the first rule that matches the span and its resource', () => {
    const agents = [
      { agentId: 'hunter', kind: 'market', match: { 'service.name': 'monolith', 'app.module': 'hunt' } },
      { agentId: 'rest', match: { 'service.name': 'monolith' } },
    ]
    const spans = [span({ attributes: { 'app.module': 'hunt' } }), span()]
    const { executions, performers } = translate(tracesOf('monolith', spans, 'm-1'), { agents })
    expect(executions.map(({ agentId }) => agentId)).toEqual(['hunter', 'rest'])
    expect(performers.get('hunter/m-1')).toMatchObject({ kind: 'market' })
  })

  test('has every span as an execution if its rule says so', () => {
    const agents = [{ agentId: 'steps', match: { 'service.name': 'bot' }, executions: 'all' }]
    expect(translate(trace('bot', {}, { below: 0 }), { agents }).executions).toHaveLength(2)
  })

  test('is not known by a name that cannot be an id, without being taken for another', () => {
    const named = (name: string) => span({ attributes: { 'gen_ai.agent.name': name } })
    const spans = [named('研究员'), named('写手 1'), named('Straße 1'), named('constructor')]
    const [app, service] = [tracesOf('app', spans), tracesOf('研究员', [span()])]
    const { executions, refusals } = translate({ resourceSpans: [...app.resourceSpans, ...service.resourceSpans] })
    expect(executions.map(({ agentId }) => agentId)).toEqual(['Stra-e-1'])
    expect([refusals.count, refusals.describe()]).toEqual([
      4,
      expect.stringContaining('2 × belongs to 研究员, which cannot be the id of an agent; add a rule'),
    ])
    const rule = { agentId: 'researcher', match: { 'gen_ai.agent.name': '研究员' } }
    expect(translate(tracesOf('app', [spans[0]!]), { agents: [rule] }).executions).toMatchObject([{ agentId: 'researcher' }])
  })

  test('keeps the case of its name, and so does its instance', () => {
    const { performers } = translate(tracesOf('Acme.Orders.Api', [span()], 'Host.A:1'))
    expect([...performers.values()]).toMatchObject([{ agentId: 'Acme-Orders-Api', instanceId: 'Host-A-1' }])
  })

  test('is unknown if the service has no name', () => {
    const { executions, refusals } = translate(tracesOf('unknown_service:python', [span()]))
    expect(executions).toEqual([])
    expect(refusals.describe()).toContain('1 × does not name an agent')
  })
})

describe('a call of another process', () => {
  const version = { 'optimizer.configuration.version': 3 }

  test('is one of the agent above it, with its version', () => {
    const named = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'planner', ...version }
    const { calls } = translate(trace('bot', {}, { below: 0, attributes: named }, { below: 1, kind: 3, durationMs: 7 }))
    expect(calls).toMatchObject([{ side: 'caller', agentId: 'planner', version: 3, durationMs: 7, isQueued: false }])
  })

  test('may be the execution itself', () => {
    const { calls, executions } = translate(tracesOf('bot', [span({ kind: 3, attributes: version })]))
    expect(executions).toHaveLength(1)
    expect(calls).toMatchObject([{ side: 'caller', agentId: 'bot', version: 3, spanId: executions[0]!.id }])
  })

  test('is none if it calls a language model or a database', () => {
    const database = { kind: 3, attributes: { 'db.system.name': 'postgresql' } }
    expect(translate(trace('bot', {}, { below: 0, ...chat(1, 1) }, { below: 0, ...database })).calls).toEqual([])
  })

  test('is a message at once if it names the other agent', () => {
    const attributes = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'helper' }
    const { messages, executions } = translate(trace('bot', {}, { below: 0, kind: 3, attributes, error: 'refused' }))
    expect(messages).toMatchObject([{ agentId: 'bot', to: 'helper', delivered: false }])
    expect(executions.map(({ agentId }) => agentId)).toEqual(['bot'])
  })

  test('is one message if the call of an HTTP client is below the one that names the other agent', () => {
    const attributes = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'helper' }
    const http = { kind: 3, attributes: { 'peer.service': 'helper' }, error: 'refused' }
    const { messages, calls } = translate(
      trace('bot', {}, { below: 0, kind: 3, attributes }, { below: 1 }, { below: 2, ...http }),
    )
    expect([messages.map(({ to }) => to), calls]).toEqual([['helper'], []])
  })

  test.each(['service.peer.name', 'peer.service', 'server.address'])('that failed names the other agent by %s', (attribute) => {
    const agents = [{ agentId: 'the-helper', match: { 'service.name': 'helper' } }]
    const call = { below: 0, kind: 3, attributes: { [attribute]: 'helper' }, error: 'refused' }
    const peersOf = (...spans: (SpanInput & { below?: number })[]) =>
      translate(trace('bot', {}, ...spans), { agents }).calls.map(({ peer }) => peer)
    expect(peersOf(call)).toEqual(['the-helper'])
    expect(peersOf({ ...call, kind: 4 })).toEqual([undefined])
    const { error, ...succeeded } = call
    expect(peersOf(succeeded)).toEqual([undefined])
    // The call of an HTTP client below it is the one that would have been served.
    expect(peersOf(call, { below: 1, kind: 3, error })).toEqual([undefined, 'the-helper'])
  })
})

describe('tokens and cost', () => {
  test('are those of the spans below the execution, however deep', () => {
    const { executions } = translate(trace('bot', {}, { below: 0 }, { below: 1, ...chat(100, 20) }, { below: 0, ...chat(50, 5) }))
    const costUsd = (100 * 2 + 20 * 8) / 1e6 + (50 * 2 + 5 * 8) / 1e6
    expect(executions[0]!.metrics).toEqual({ inputTokens: 150, outputTokens: 25, costUsd })
  })

  test('are those that the execution reports itself, each as far as it does', () => {
    const attributes = { 'gen_ai.usage.input_tokens': 9, 'gen_ai.usage.output_tokens': 4 }
    const { executions } = translate(trace('bot', { attributes }, { below: 0, ...chat(100, 20) }))
    expect(executions[0]!.metrics).toEqual({ inputTokens: 9, outputTokens: 4, costUsd: (100 * 2 + 20 * 8) / 1e6 })
  })

  test('are counted once where two instrumentations report one call', () => {
    const { executions } = translate(trace('bot', {}, { below: 0, ...chat(100, 20) }, { below: 1, ...chat(100, 20) }))
    expect(executions[0]!.metrics).toMatchObject({ inputTokens: 100, outputTokens: 20 })
  })

  test('without a price are one call for two instrumentations, and two for two calls', () => {
    const nested = trace('bot', {}, { below: 0, ...chat(100, 20) }, { below: 1, ...chat(100, 20) }, { below: 0, ...chat(1, 1) })
    expect([...translate(nested, {}).unpriced]).toEqual([['gpt-small', 2]])
  })

  test.each([1, 2])('are counted once where OpenInference reports a call within a GenAI call, %i levels apart', (levels) => {
    const inner = {
      'openinference.span.kind': 'LLM',
      'llm.token_count.prompt': 100,
      'llm.token_count.completion': 20,
      'llm.cost.total': 1,
    }
    const between = Array.from({ length: levels - 1 }, (_, index) => ({ below: index + 1 }))
    const spans = [{}, { below: 0, ...chat(100, 20) }, ...between, { below: levels, attributes: inner }]
    const { executions } = translate(trace('bot', ...spans))
    expect(executions[0]!.metrics).toEqual({ inputTokens: 100, outputTokens: 20, costUsd: (100 * 2 + 20 * 8) / 1e6 })
  })

  test('come from OpenInference, whose cost is taken as reported', () => {
    const attributes = { 'llm.token_count.prompt': 11, 'llm.token_count.completion': 3, 'llm.cost.total': 0.0042 }
    const { executions } = translate(trace('bot', {}, { below: 0, attributes }))
    expect(executions[0]!.metrics).toEqual({ inputTokens: 11, outputTokens: 3, costUsd: 0.0042 })
  })

  test('have the price of cached tokens for those that the provider had cached', () => {
    const { attributes } = chat(100, 0)
    const cached = { ...attributes, 'gen_ai.usage.cache_read.input_tokens': 60 }
    expect(translate(tracesOf('bot', [span({ attributes: cached })])).executions[0]!.metrics.costUsd).toBe(
      (40 * 2 + 60 * 0.5) / 1e6,
    )
  })

  test('have the price of written tokens for those that the provider cached for later', () => {
    const written = { ...chat(100, 0).attributes, 'gen_ai.usage.cache_creation.input_tokens': 30 }
    const both = { ...written, 'gen_ai.usage.cache_read.input_tokens': 60 }
    const settings = { prices: { 'gpt-small': { ...prices['gpt-small'], cacheWriteUsdPerMillion: 2.5 } } }
    const { executions } = translate(tracesOf('bot', [span({ attributes: written }), span({ attributes: both })]), settings)
    expect(executions.map(({ metrics }) => metrics.costUsd)).toEqual([
      (70 * 2 + 30 * 2.5) / 1e6,
      (10 * 2 + 60 * 0.5 + 30 * 2.5) / 1e6,
    ])
  })

  test('are unknown if one of the calls does not report them', () => {
    const { 'gen_ai.usage.output_tokens': _, ...half } = chat(50, 5).attributes
    const silent = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-small' }
    const { executions, contributions, unpriced } = translate(
      trace('bot', {}, { below: 0, ...chat(100, 20) }, { below: 0, attributes: silent }, { below: 0, attributes: half }),
    )
    expect(contributions).toMatchObject([
      { spanId: executions[0]!.id, metrics: { inputTokens: null, outputTokens: null, costUsd: null } },
      { spanId: executions[0]!.id, metrics: { outputTokens: null, costUsd: null } },
    ])
    expect([...unpriced]).toEqual([['gpt-small', 2]])
    const alone = translate(tracesOf('bot', [span({ attributes: silent })]))
    expect(alone.contributions).toMatchObject([{ spanId: alone.executions[0]!.id, metrics: { costUsd: null } }])
  })

  test('are known if a call that does not report them failed, or is the same as one that does', () => {
    const silent = { attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-small' } }
    for (const below of [
      [
        { below: 0, ...silent, error: 'refused' },
        { below: 0, ...chat(100, 20) },
      ],
      [{ below: 0, ...silent }, { below: 1 }, { below: 2, ...chat(100, 20) }],
      [{ below: 0, ...chat(100, 20) }, { below: 1 }, { below: 2, ...silent }],
    ]) {
      const { executions, contributions, unpriced } = translate(trace('bot', {}, ...below))
      expect(executions[0]!.metrics.costUsd).toBe((100 * 2 + 20 * 8) / 1e6)
      expect([contributions, unpriced.size]).toEqual([[], 0])
    }
  })

  test('of which only one part of the cost is reported have no cost', () => {
    const part = {
      'llm.model_name': 'unlisted',
      'llm.token_count.prompt': 11,
      'llm.token_count.completion': 3,
      'llm.cost.prompt': 0.004,
    }
    const whole = { ...part, 'llm.cost.completion': 0.001 }
    const { executions } = translate(tracesOf('bot', [span({ attributes: part }), span({ attributes: whole })]))
    expect(executions.map(({ metrics }) => metrics.costUsd)).toEqual([undefined, 0.005])
  })

  test('wait for the execution if it is in another request', () => {
    const parentSpanId = newSpanId()
    const { contributions, ancestorLinks } = translate(tracesOf('bot', [span({ parentSpanId, ...chat(1, 2) })]))
    expect(contributions).toMatchObject([{ metrics: { inputTokens: 1, outputTokens: 2 }, isScore: false }])
    expect(ancestorLinks).toMatchObject([
      { above: contributions[0]!.spanId, counted: ['inputTokens', 'outputTokens', 'costUsd'], isAwaited: true },
    ])
  })

  test('that are impossible are left out', () => {
    const attributes = { 'gen_ai.usage.input_tokens': -3, 'gen_ai.usage.output_tokens': 1.5, 'llm.cost.total': 'a lot' }
    expect(translate(tracesOf('bot', [span({ attributes })])).executions[0]!.metrics).toEqual({})
  })
})

describe('a score', () => {
  test('is the result of an evaluation in an event of the span, under the name of its metric', () => {
    const attributes = { 'gen_ai.evaluation.name': 'Relevance', 'gen_ai.evaluation.score.value': 0.75 }
    const request = tracesOf('bot', [span({ events: [{ name: 'gen_ai.evaluation.result', attributes }] })])
    const { contributions, executions } = translate(request, { evaluations: { Relevance: 'qualityScore' } })
    expect(contributions).toMatchObject([{ spanId: executions[0]!.id, metrics: { qualityScore: 0.75 }, isScore: true }])
  })
})

describe('a span is refused', () => {
  const year = (text: string) => Date.parse(text)
  test.each([
    ['has no valid trace id', { traceId: '00000000000000000000000000000000' }],
    ['has no valid trace id', { spanId: 'abcd' }],
    ['ended more than a week ago', { at: year('1970-01-01T00:01:00Z') }],
    ['ends in the future', { at: year('2099-01-01T00:00:00Z') }],
    ['ends before it starts', { durationMs: -5 }],
    ['took more than a week', { durationMs: 8 * 86_400_000 }],
  ])('because it %s', (reason, input) => {
    const { executions, refusals } = translate(tracesOf('bot', [span(input), span()]))
    expect(executions).toHaveLength(1)
    expect(refusals.count).toBe(1)
    expect(refusals.describe()).toContain(reason)
  })

  test('because its id is another’s, and the first counts', () => {
    const first = span({ name: 'first' })
    const { executions, refusals } = translate(tracesOf('bot', [first, { ...first, name: 'second' }]))
    expect(executions.map(({ type }) => type)).toEqual(['first'])
    expect(refusals.describe()).toContain('repeats the span id')
  })

  test('because it is its own ancestor', () => {
    const { refusals, executions } = translate(trace('bot', { below: 1 }, { below: 0 }))
    expect(executions).toEqual([])
    expect(refusals.describe()).toContain('is its own ancestor')
  })

  test('because it is below spans that are their own ancestors', () => {
    const { refusals } = translate(trace('bot', { below: 1 }, { below: 2 }, { below: 1 }, { below: 0 }))
    expect(refusals.describe()).toBe('4 × is its own ancestor')
  })

  test('but an hour late it is not, nor if its parent never comes', () => {
    const late = span({ at: now - 3_600_000, parentSpanId: newSpanId(), kind: 2 })
    expect(translate(tracesOf('bot', [late])).executions).toHaveLength(1)
  })
})

test('names and texts with characters that cannot be stored are made storable', () => {
  const odd = span({ name: 'a\u0000b\nc', error: 'x\u0000y', attributes: { 'gen_ai.agent.name': '\u0000' } })
  expect(translate(tracesOf('bot\u0000', [odd])).executions).toMatchObject([{ agentId: 'bot', type: 'a�b c', error: 'x�y' }])
})

describe('an instance that is refused', () => {
  const refused: RefusalFinder = ({ agentId, instanceId }) =>
    agentId === 'new-1' && instanceId === 'new-1-1' ? 'is one too many' : undefined
  const ofAgent = (name: string, more: SpanInput = {}) => span({ attributes: { 'gen_ai.agent.name': name }, ...more })

  test('has none of its spans stored; those of others are', () => {
    const { executions, performers, refusals, read } = translate(
      { resourceSpans: ['new-1', 'new-2'].flatMap((service) => tracesOf(service, [span(), span()]).resourceSpans) },
      {},
      refused,
    )
    expect(executions.map(({ agentId }) => agentId)).toEqual(['new-2', 'new-2'])
    expect([...performers.keys()]).toEqual(['new-2/new-2-1'])
    expect([read, refusals.count, refusals.describe()]).toEqual([4, 2, '2 × is one too many'])
  })

  test('is no caller either', () => {
    const { performers, messages } = translate(
      tracesOf('new-1', [ofAgent('writer', { kind: 3, parentSpanId: newSpanId() })]),
      {},
      refused,
    )
    expect([[...performers.keys()], messages]).toEqual([[], []])
  })
})

test('an answer names the ten most frequent reasons, and how many records are refused for others', () => {
  const refusals = new Refusals()
  for (let reason = 1; reason <= 200; reason++) for (let i = 0; i < reason; i++) refusals.add(`reason ${reason}`)
  expect(refusals.describe()).toMatch(/^200 × reason 200; 199 × reason 199; .*191 × reason 191; and 18145 more$/)
})

// The last test, because it takes longer than the clocks of senders may be ahead.
test('An execution is the first of a chain of 20,000 spans, which is read in one pass', () => {
  const below = Array.from({ length: 20_000 }, (_, index) => ({ below: index, kind: 3, at: now }))
  const { executions, ancestorLinks, calls } = translate(trace('bot', { at: now }, ...below))
  expect(executions).toHaveLength(1)
  expect(calls).toHaveLength(20_000)
  expect(new Set(ancestorLinks.map(({ above }) => above))).toEqual(new Set([executions[0]!.id]))
})
