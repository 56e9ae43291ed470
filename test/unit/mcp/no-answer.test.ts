import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { describeFailedRequest } from '../../../src/mcp/failed-request.ts'

const failureOf = (url: string, timeoutMs: number) =>
  fetch(url, { signal: AbortSignal.timeout(timeoutMs) }).catch((error: unknown) => error)

test('a command that is not answered in time may have been carried out; one that nobody hears was not', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  try {
    const cause = await failureOf(url, 20)
    expect(describeFailedRequest({ url, method: 'POST', cause })).toMatch(/may have been carried out; check/)
    expect(describeFailedRequest({ url, method: 'GET', cause })).toMatch(/did not respond in time\. Try again/)
  } finally {
    silent.closeAllConnections()
    silent.close()
  }
  const cause = await failureOf(url, 5_000)
  expect(describeFailedRequest({ url, method: 'POST', cause })).toMatch(/is not responding; start the optimizer/)
})
