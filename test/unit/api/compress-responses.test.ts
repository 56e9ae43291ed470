import { gunzipSync } from 'node:zlib'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { compressResponses } from '../../../src/api/compress-responses.ts'

const long = { text: 'a'.repeat(5_000) }
const app = new Hono()
app.use(compressResponses)
app.get('/long', (c) => c.json(long))
app.get('/short', (c) => c.json({ text: 'a' }))
app.get('/failure', (c) => c.json(long, 503))
app.get('/stream', (c) => c.body('data: a\n\n'.repeat(1_000), 200, { 'content-type': 'text/event-stream' }))
const get = (path: string, accepted = 'gzip, deflate') => app.request(path, { headers: { 'accept-encoding': accepted } })

test('a long answer in JSON is compressed for a client that takes gzip', async () => {
  const answer = await get('/long')
  expect(Object.fromEntries(answer.headers)).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' })
  const content = Buffer.from(await answer.arrayBuffer())
  expect(content.length).toBeLessThan(500)
  expect(JSON.parse(gunzipSync(content).toString())).toEqual(long)
})

test('other answers are sent as they are', async () => {
  for (const [path, accepted] of [
    ['/long', 'identity'],
    ['/long', 'gzip;q=0, deflate'],
    ['/short'],
    ['/failure'],
    ['/stream'],
  ] as [string, string?][]) {
    const answer = await get(path, accepted)
    expect(answer.headers.get('content-encoding'), path).toBeNull()
    expect(answer.headers.get('vary'), path).toBe(path === '/stream' ? null : 'accept-encoding')
    expect(await answer.text(), path).toContain('a')
  }
})
