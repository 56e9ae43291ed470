import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { checkApi } from '../../../src/client/diagnosis/api.ts'

/** What the doctor finds of an API that answers so. */
async function examine(status: number, body: string) {
  const server = createServer((_, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  return (await checkApi(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).found
}

test('an API that refuses is not taken for one without its servers', async () => {
  expect(await examine(429, '{"error":{"code":"too-many-requests","message":"Send it again after 1 s."}}')).toMatch(
    /^http:.* returned 429: Send it again after 1 s\.$/,
  )
  expect(await examine(502, '<html>Bad gateway</html>')).toMatch(/ returned 502$/)
  expect(await examine(503, '{"database":false,"nats":true}')).toBe('the API cannot reach PostgreSQL')
})
