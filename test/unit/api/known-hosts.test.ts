import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { type KnownHosts, requireKnownHost } from '../../../src/api/known-hosts.ts'

const local: KnownHosts = { listening: '127.0.0.1', allowed: [] }
const everywhere: KnownHosts = { listening: '0.0.0.0', allowed: [] }
const configured: KnownHosts = { listening: '0.0.0.0', allowed: ['optimizer.example.com', '.corp.example'] }

async function send(known: KnownHosts, headers: Record<string, string>, method = 'POST') {
  const app = new Hono().use(requireKnownHost(known)).all('/', (c) => c.json({}))
  const response = await app.request('/', { method, headers })
  return { status: response.status, body: await response.json() }
}

describe('a request is taken whose host is', () => {
  test.each([
    ['localhost:8080', local],
    ['LOCALHOST', local],
    ['dashboard.localhost', local],
    ['127.0.0.1:8080', local],
    ['[::1]:8080', local],
    ['10.1.2.3:8080', everywhere],
    ['api:8080', everywhere],
    ['optimizer-api.tuning.svc.cluster.local', everywhere],
    ['optimizer-api.tuning.svc:8080', everywhere],
    ['host.docker.internal:8080', everywhere],
    ['optimizer.example.com', configured],
    ['optimizer.example.com.:443', configured],
    ['corp.example', configured],
    ['a.b.corp.example:8080', configured],
    ['evil.example', { ...local, allowed: ['*'] }],
    ['optimizer.lan', { ...local, listening: 'optimizer.lan' }],
  ])('%s', async (host, known) => {
    expect((await send(known, { host })).status).toBe(200)
  })
})

describe('a request is refused whose host is', () => {
  test.each([
    ['evil.example', local],
    ['evil.example', everywhere],
    ['evil.example', configured],
    ['evilcorp.example', configured],
    ['optimizer.example.com.evil.example', configured],
    ['api', local],
    ['router.internal', local],
    ['127.0.0.1.evil.example', local],
    ['evil@127.0.0.1', local],
    ['127.0.0.1/', local],
    ['', local],
  ])('%s', async (host, known) => {
    for (const method of ['GET', 'POST']) {
      const { status, body } = await send(known, { host }, method)
      expect(status).toBe(421)
      expect(body).toMatchObject({
        error: { code: 'unknown-host', message: expect.stringContaining('OPTIMIZER_API_ALLOWED_HOSTS') },
      })
    }
  })
})

describe('a page of', () => {
  const host = '127.0.0.1:8080'
  test.each([
    ['http://127.0.0.1:8080', host, local, 200],
    ['http://evil.example', host, local, 403],
    ['http://127.0.0.1:3000', host, local, 403],
    ['http://localhost:8080', host, local, 403],
    ['null', host, local, 403],
    ['https://optimizer.example.com', 'optimizer.example.com', configured, 200],
    ['https://optimizer.example.com', 'api:8080', configured, 200],
    ['https://evil.example', 'api:8080', { ...configured, allowed: ['*'] }, 403],
  ])('%s may send to %s what changes something or not', async (origin, to, known, expected) => {
    const { status, body } = await send(known, { host: to, origin })
    expect(status).toBe(expected)
    if (expected === 403)
      expect(body).toMatchObject({ error: { code: 'foreign-origin', message: expect.stringContaining(origin) } })
  })

  test('any site may read, because browsers do not show it the answer', async () => {
    expect((await send(local, { host, origin: 'http://evil.example' }, 'GET')).status).toBe(200)
  })
})
