import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { TokenCache } from '../../../src/client/token-cache.ts'
import { createToken, readTokens, revokeApiToken } from '../../../src/client/tokens.ts'
import { type TokenRole, tokenRoleSchema } from '../../../src/model/access.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { appOf, findContradictions, listRoutes, type OpenApiDocument } from '../../support/api.ts'
import { evaluationsOf, newSpanId, newTraceId, type SpanInput, span, tracesOf } from '../../support/otlp.ts'
import { announcement, createTestStore, type TestStore } from '../../support/store.ts'
import { withClosedTemporal } from '../../support/temporal.ts'

let store: TestStore
let optimizer: Awaited<ReturnType<typeof withClosedTemporal>>
let app: ReturnType<typeof appOf>
const secrets = {} as Record<TokenRole, string>
beforeAll(async () => {
  store = await createTestStore()
  optimizer = await withClosedTemporal(store.db)
  await registerInstance(store.db, announcement('hunter', 'hunter-1'), Date.now())
  for (const role of tokenRoleSchema.options) secrets[role] = await create(role)
})
// Each test begins without failed attempts.
beforeEach(() => {
  app = appOf(optimizer, undefined, { tokens: new TokenCache(optimizer), listening: '0.0.0.0' })
})
afterAll(() => store?.drop())

const create = async (role: TokenRole, known: { name?: string; agents?: string[]; expiresAt?: string } = {}) => {
  const agents = role === 'agent' ? ['hunter'] : []
  return (await createToken(optimizer, { name: role, role, agents, by: 'ada', ...known })).secret
}
const send = (route: string, secret?: string, body?: string) => {
  const [method, path] = route
    .replace('{agentId}', 'hunter')
    .replace(/\{\w+\}/g, '1')
    .split(' ') as [string, string]
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    ...(secret && { authorization: `Bearer ${secret}` }),
  }
  return app.request(path, { method, headers, ...(method !== 'GET' && { body: body ?? '' }) })
}
const clients = [undefined, ...tokenRoleSchema.options] as const
/** Who may send which request, by the table in docs/api.md. */
const documented = new Map(
  readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8')
    .split(/<!-- \/?access/)[1]!
    .matchAll(/^\| `(\w+ [^`]+)` \|(.+)\|$/gm)
    .map(([, route, cells]) => [
      route!.replace(/:(\w+)/g, '{$1}'),
      cells!.split('|').flatMap((cell, index) => (cell.trim() === '✓' ? [clients[index]] : [])),
    ]),
)
const codeOf = async (response: Response) => ((await response.json()) as { error: { code: string } }).error.code

describe('on an address that others reach', () => {
  test.each(listRoutes())('%s is answered for those tokens that the documented matrix names', async (route) => {
    for (const role of clients) {
      const response = await send(route, role && secrets[role])
      await response.body?.cancel()
      const refusal = role === undefined ? 401 : 403
      if (documented.get(route)!.includes(role)) expect([401, 403]).not.toContain(response.status)
      else expect(response.status).toBe(refusal)
    }
  })

  // The documented matrix is generated from the rules, so that a wrong rule would be in both.
  test('the documented matrix is what the roles mean', () => {
    const selectRoutes = (isMeant: (allowed: readonly (TokenRole | undefined)[], route: string) => boolean) =>
      [...documented].filter(([route, allowed]) => isMeant(allowed, route)).map(([route]) => route)
    expect(selectRoutes((allowed) => allowed.includes(undefined))).toEqual([
      'GET /approve/{id}',
      'GET /asyncapi.json',
      'GET /docs/{id}',
      'GET /examples/{folder}/{file}',
      'GET /healthz',
      'GET /llms.txt',
      'GET /openapi.json',
      'GET /reference',
      'POST /approve/{id}',
    ])
    expect(selectRoutes((allowed) => allowed.join() === 'admin')).toEqual([
      'DELETE /api/objectives',
      'POST /api/agents/{id}/forget',
      'PUT /api/objectives',
    ])
    expect(selectRoutes((allowed) => allowed.join() === 'agent')).toEqual(
      selectRoutes((_, route) => /^\w+ \/(agents|v1)\//.test(route)),
    )
    expect(selectRoutes((allowed) => allowed.join() === 'viewer,operator,admin')).toEqual(
      selectRoutes((_, route) => /^GET \/(api\/|metrics$)/.test(route)),
    )
    const others = selectRoutes((allowed) => allowed.join() === 'operator,admin')
    expect(others.every((route) => route.startsWith('POST /api/'))).toBe(true)
    expect(others).toEqual(expect.arrayContaining(['POST /api/commands', 'POST /api/undo', 'POST /api/trials/{id}/approval']))
  })

  test('an answer to a request without a token says what to do, as documented', async () => {
    const document = (await (await app.request('/openapi.json')).json()) as OpenApiDocument
    const response = await send('GET /api/status')
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    const answer = await response.json()
    expect(answer).toMatchObject({ error: { code: 'token-required', requestId: response.headers.get('x-request-id') } })
    expect(findContradictions(document, 'GET /api/status', 401, answer)).toEqual([])
  })

  test('a token that is not known, has expired or was revoked is refused, and the audit says so', async () => {
    const expired = await create('admin', { name: 'expired', expiresAt: new Date(Date.now() + 30).toISOString() })
    const revoked = await create('admin', { name: 'revoked' })
    await revokeApiToken(optimizer, 'revoked', 'ada', 'a lost laptop')
    for (const [secret, words] of [
      ['optimizer_x', 'unknown'],
      [expired, 'has expired'],
      [revoked, 'was revoked'],
    ] as const)
      await vi.waitFor(async () => {
        const response = await send('GET /api/status', secret)
        expect([response.status, await response.text()]).toEqual([401, expect.stringContaining(words)])
      })
    const entries = await store.db
      .selectFrom('auditEntries')
      .where('subject', 'in', ['expired', 'revoked'])
      .select(['action', 'subject', 'actor', 'reason'])
      .execute()
    expect(entries).toContainEqual({ action: 'token.revoked', subject: 'revoked', actor: 'ada', reason: 'a lost laptop' })
    expect(entries).toContainEqual({ action: 'request.denied', subject: 'revoked', actor: 'revoked', reason: 'invalid-token' })
    expect((await readTokens(optimizer)).map(({ name }) => name)).toEqual([...tokenRoleSchema.options])
  })

  test('what is refused again and again fills the audit with its 1st, 10th, 100th time in an hour alone', async () => {
    const book = new TokenCache(optimizer)
    const begin = Date.now()
    const deny = (address: string, now = begin) =>
      book.recordDenial('stale', 'invalid-token', { request: 'GET /api/status', address }, now)
    for (let attempt = 1; attempt <= 120; attempt++) await deny('10.0.0.1')
    await deny('10.0.0.2')
    await deny('10.0.0.1', begin + 3_600_000)
    const entries = await store.db
      .selectFrom('auditEntries')
      .where('subject', '=', 'stale')
      .orderBy('id')
      .select('detail')
      .execute()
    expect(entries.map(({ detail }) => detail)).toMatchObject([
      { address: '10.0.0.1', attempts: 1 },
      { address: '10.0.0.1', attempts: 10 },
      { address: '10.0.0.1', attempts: 100 },
      { address: '10.0.0.2', attempts: 1 },
      { address: '10.0.0.1', attempts: 1 },
    ])
  })

  test('a token that is revoked while it is in use is refused within a second or so', async () => {
    const secret = await create('viewer', { name: 'leaving' })
    expect((await send('GET /api/policy', secret)).status).toBe(200)
    await revokeApiToken(optimizer, 'leaving', 'ada')
    await vi.waitFor(async () => expect((await send('GET /api/policy', secret)).status).toBe(401), 3_000)
  })

  test('a stream of events ends once its token is revoked, or has expired', async () => {
    const ending = await Promise.all([
      create('viewer', { name: 'watching' }),
      create('viewer', { name: 'expiring', expiresAt: new Date(Date.now() + 3_600_000).toISOString() }),
    ])
    const streams = await Promise.all([...ending, secrets.viewer].map((secret) => send('GET /api/events', secret)))
    expect(streams.map(({ status }) => status)).toEqual([200, 200, 200])
    const lasting = streams.pop()!
    await revokeApiToken(optimizer, 'watching', 'ada')
    await store.db.updateTable('apiTokens').set({ expiresAt: new Date() }).where('name', '=', 'expiring').execute()
    for (const stream of streams) expect(await stream.text()).toContain(': connected')
    const stillOpen = lasting.body!.getReader()
    expect((await stillOpen.read()).done).toBe(false)
    const end = await Promise.race([stillOpen.read(), new Promise((resolve) => setImmediate(() => resolve('open')))])
    expect(end).toBe('open')
    await stillOpen.cancel()
  })

  test('a wrong token is refused as such while the database does not answer', async () => {
    const book = new TokenCache(optimizer)
    const guarded = appOf(optimizer, undefined, { tokens: book, listening: '0.0.0.0' })
    const ask = (secret: string) => guarded.request('/api/policy', { headers: { authorization: `Bearer ${secret}` } })
    expect((await ask(secrets.viewer)).status).toBe(200)
    const insert = vi.spyOn(optimizer.db, 'insertInto').mockImplementation(() => {
      throw new Error('the database is away')
    })
    try {
      expect((await ask('wrong')).status).toBe(401)
      expect(insert).toHaveBeenCalled()
    } finally {
      insert.mockRestore()
    }
  })

  test('the first use of a token is in the audit, and when it was last used is on record', async () => {
    const secret = await create('viewer', { name: 'new' })
    for (let use = 0; use < 3; use++) expect((await send('GET /api/policy', secret)).status).toBe(200)
    const used = await store.db
      .selectFrom('auditEntries')
      .where('action', '=', 'token.first-used')
      .where('subject', '=', 'new')
      .selectAll()
      .execute()
    expect(used).toMatchObject([{ actor: 'new', detail: { request: 'GET /api/policy' } }])
    expect((await readTokens(optimizer)).find(({ name }) => name === 'new')?.lastUsedAt).toBeInstanceOf(Date)
  })

  test('who tries tokens without end is told to wait, while valid ones go on', async () => {
    const statuses = new Set<number>()
    for (let attempt = 0; attempt < 25; attempt++) statuses.add((await send('GET /api/status', 'guess')).status)
    expect([...statuses]).toEqual([401, 429])
    expect((await send('GET /api/status', 'guess')).headers.get('retry-after')).toMatch(/^\d+$/)
    expect((await send('GET /api/policy', secrets.viewer)).status).toBe(200)
  })

  test('requests without a token, such as those of pages that wait for one, are no attempts to guess one', async () => {
    const statuses = new Set<number>()
    for (let request = 0; request < 25; request++) statuses.add((await send('GET /api/status')).status)
    expect([...statuses]).toEqual([401])
  })

  test('who sends more than is answered a second is told to wait, while others and agents go on', async () => {
    const config = { ...optimizer.config, apiRequestsPerSecond: 0.5 }
    app = appOf(Object.assign(Object.create(optimizer), { config }), undefined, {
      tokens: new TokenCache(optimizer),
      listening: '0.0.0.0',
    })
    const statuses: number[] = []
    for (let request = 0; request < 6; request++) statuses.push((await send('GET /api/limits', secrets.viewer)).status)
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429])
    const refused = await send('GET /api/limits', secrets.viewer)
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(await codeOf(refused)).toBe('too-many-requests')
    expect((await send('GET /api/limits', secrets.operator)).status).toBe(200)
    for (let report = 0; report < 7; report++)
      expect((await send('POST /agents/heartbeat', secrets.agent, '{}')).status).toBe(400)
    let [documented, probed] = [200, 200]
    for (let request = 0; request < 6; request++) {
      documented = (await send('GET /openapi.json')).status
      probed = (await send('GET /healthz')).status
    }
    expect([documented, probed]).toEqual([429, 200])
  })

  test('only digests are stored, and a name is given once', async () => {
    const stored = JSON.stringify(await store.db.selectFrom('apiTokens').selectAll().execute())
    for (const secret of Object.values(secrets)) expect(stored).not.toContain(secret)
    await expect(create('viewer')).rejects.toMatchObject({ code: 'token-exists' })
  })

  test('a name with a script in it is data, which no page runs', async () => {
    const name = '<script>alert(1)</script>'
    const secret = await create('viewer', { name })
    const response = await send('POST /api/commands', secret, '{}')
    expect(await response.text()).toContain(name)
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'")
  })
})

describe('an agent’s token', () => {
  test.each([
    ['POST /agents/announce', (agentId: string) => JSON.stringify(announcement(agentId, `${agentId}-1`))],
    ['POST /v1/traces', (agentId: string) => JSON.stringify(tracesOf(agentId, [span({})]))],
  ])('reports only for its agent: %s', async (route, bodyOf) => {
    expect((await send(route, secrets.agent, bodyOf('hunter'))).status).toBe(200)
    expect((await send(route, secrets.agent, bodyOf('trader'))).status).toBe(403)
  })

  test('changes no figures of another agent, whatever spans it names', async () => {
    const [traceId, spanId] = [newTraceId(), newSpanId()]
    const trader = await create('agent', { name: 'trader', agents: ['trader'] })
    const judge = await create('agent', { name: 'judge', agents: ['judge', 'trader'] })
    const post = async (route: string, secret: string, body: object) => {
      const response = await send(route, secret, JSON.stringify(body))
      expect([response.status, await response.text()]).toEqual([200, '{}'])
    }
    const usage = (tokens: number): SpanInput => ({
      traceId,
      parentSpanId: spanId,
      attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': tokens },
    })
    const unnamed = (spans: object[]) => ({ resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ spans }] }] })
    const score = (service: string, value: number) => evaluationsOf(service, [{ traceId, spanId, name: 'qualityScore', value }])
    const own = span(usage(10))
    await post('POST /v1/traces', trader, tracesOf('trader', [span({ traceId, spanId, kind: 2, parentSpanId: newSpanId() })]))
    await post('POST /v1/traces', secrets.agent, tracesOf('hunter', [span(usage(1_000))]))
    // It would take the usage of the span that follows away.
    await post(
      'POST /v1/traces',
      secrets.agent,
      tracesOf('hunter', [span({ ...usage(1), spanId: newSpanId(), parentSpanId: own.spanId })]),
    )
    await post('POST /v1/traces', trader, tracesOf('trader', [own]))
    await post('POST /v1/logs', judge, score('judge', 0.9))
    const execution = () =>
      store.db.selectFrom('agentExecutions').select('metrics').where('agentName', '=', 'trader').executeTakeFirstOrThrow()
    expect((await execution()).metrics).toEqual({ inputTokens: 10, qualityScore: 0.9 })
    const named = span({ kind: 3, parentSpanId: newSpanId(), attributes: { 'gen_ai.agent.name': 'trader' } })
    const refused = await send('POST /v1/traces', secrets.agent, JSON.stringify(unnamed([named])))
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('cannot report for trader')])
    for (const name of ['trader', 'judge']) await revokeApiToken(optimizer, name, 'ada')
  })

  test('has the data of other agents refused, not what a Collector sends with it', async () => {
    const post = async (route: string, body: object) => {
      const response = await send(route, secrets.agent, JSON.stringify(body))
      expect(response.status).toBe(200)
      return ((await response.json()) as { partialSuccess?: object }).partialSuccess
    }
    const countExecutions = async (agentName: string) =>
      (await store.db.selectFrom('agentExecutions').select('id').where('agentName', '=', agentName).execute()).length
    const before = await countExecutions('hunter')
    const named = span({ attributes: { 'gen_ai.agent.name': 'stranger' } })
    const sent = [tracesOf('hunter', [span({}), named]), tracesOf('stranger', [span({})])]
    expect(await post('POST /v1/traces', { resourceSpans: sent.flatMap((each) => each.resourceSpans) })).toEqual({
      rejectedSpans: '2',
      errorMessage: '2 × belongs to stranger, which the token does not cover',
    })
    expect([await countExecutions('hunter'), await countExecutions('stranger')]).toEqual([before + 1, 0])
    const score = (service: string) =>
      evaluationsOf(service, [{ traceId: newTraceId(), spanId: newSpanId(), name: 'qualityScore', value: 1 }])
    const scores = ['hunter', 'stranger'].flatMap((service) => score(service).resourceLogs)
    expect(await post('POST /v1/logs', { resourceLogs: scores })).toMatchObject({ rejectedLogRecords: '1' })
  })

  test('may be for all agents', async () => {
    const secret = await create('agent', { name: 'collector', agents: ['*'] })
    for (const agentId of ['hunter', 'newcomer']) {
      const sent = JSON.stringify(tracesOf(agentId, [span({})]))
      expect(await (await send('POST /v1/traces', secret, sent)).text()).toBe('{}')
    }
    expect((await send('GET /api/policy', secret)).status).toBe(403)
    await revokeApiToken(optimizer, 'collector', 'ada')
  })

  test('reads only the configuration of its agent', async () => {
    expect((await send('GET /agents/hunter/instances/hunter-1/configuration', secrets.agent)).status).toBe(200)
    const other = await send('GET /agents/trader/instances/hunter-1/configuration', secrets.agent)
    expect([other.status, await codeOf(other)]).toEqual([403, 'foreign-agent'])
  })
})

describe('on loopback', () => {
  const local = (book: TokenCache) => appOf(optimizer, undefined, { tokens: book, listening: '127.0.0.1' })

  test('agents need no token as long as there is none for agents, also if people need one', async () => {
    await revokeApiToken(optimizer, 'agent', 'ada')
    const open = local(new TokenCache(optimizer))
    const configuration = '/agents/hunter/instances/hunter-1/configuration'
    expect((await open.request(configuration)).status).toBe(200)
    expect((await open.request('/api/policy')).status).toBe(401)
    expect((await open.request(configuration, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401)
  })

  test('without any token, everybody is served', async () => {
    for (const { name } of await readTokens(optimizer)) await revokeApiToken(optimizer, name, 'ada')
    await store.db.updateTable('apiTokens').set({ revokedAt: new Date() }).where('revokedAt', 'is', null).execute()
    expect((await local(new TokenCache(optimizer)).request('/api/policy')).status).toBe(200)
  })
})
