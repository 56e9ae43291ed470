import { createHmac } from 'node:crypto'
import { post, type Sink } from './sink.ts'

/**
 * Posts `{"alerts": […]}`. `x-optimizer-signature` is `sha256=` and the HMAC of the time in `x-optimizer-timestamp`, a dot, and the body,
 * in hexadecimal.
 */
export const createWebhookSink = (name: string, { url, secret }: { url: string; secret: string }): Sink => ({
  name,
  async send(alerts) {
    const body = JSON.stringify({ alerts })
    const timestamp = String(Math.floor(Date.now() / 1_000))
    await post(url, body, { 'x-optimizer-timestamp': timestamp, 'x-optimizer-signature': sign(secret, timestamp, body) })
  },
})

const sign = (secret: string, timestamp: string, body: string) =>
  `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`
