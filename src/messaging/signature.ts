import { createHmac } from 'node:crypto'

/**
 * The headers that prove who sent a body, and when: `x-optimizer-timestamp` in seconds since 1970, and `x-optimizer-signature`, which is
 * `sha256=` and the HMAC of the time, a dot, and the body, in hexadecimal.
 */
export function createSignatureHeaders(secret: string, body: string, now = Date.now()): Record<string, string> {
  const timestamp = String(Math.floor(now / 1_000))
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
  return { 'x-optimizer-timestamp': timestamp, 'x-optimizer-signature': `sha256=${signature}` }
}
