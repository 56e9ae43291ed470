/** The receiver of a webhook for settings, in this process. */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Delivery } from '../../src/messaging/protocol.ts'

/** The key of signatures in tests. */
export const webhookSecret = 'a secret of the test'

export interface ReceivingWebhook {
  url: string
  /** The settings of instances, by id. */
  received: Map<string, Delivery>
  /** The idempotency keys of all requests. */
  keys: string[]
  /** How many requests had no valid signature. */
  unsigned: number
  stop(): Promise<void>
}

export interface Answer {
  status: number
  body?: unknown
}

/** @param answer to a request; by default the version that it has, as in force */
export async function startWebhook(
  answer: (delivery: Delivery, count: number) => Answer | Promise<Answer> = ({ version }) => ({ status: 200, body: { version } }),
): Promise<ReceivingWebhook> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString('utf8')
    const { 'x-optimizer-timestamp': timestamp, 'x-optimizer-signature': signature, 'idempotency-key': key } = request.headers
    const expected = createHmac('sha256', webhookSecret).update(`${timestamp}.${body}`).digest('hex')
    const isFresh = Math.abs(Date.now() / 1_000 - Number(timestamp)) < 300
    if (signature !== `sha256=${expected}` || !isFresh) webhook.unsigned++
    const { instanceId, ...delivery } = JSON.parse(body) as Delivery & { instanceId: string }
    webhook.keys.push(String(key))
    const { status, body: answered } = await answer(delivery, webhook.keys.length)
    if (status === 200) webhook.received.set(instanceId, delivery)
    response.writeHead(status, { 'content-type': 'application/json' }).end(answered === undefined ? '' : JSON.stringify(answered))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const webhook: ReceivingWebhook = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: new Map(),
    keys: [],
    unsigned: 0,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return webhook
}
