import { createSignatureHeaders } from '../messaging/signature.ts'
import type { HttpHeaders } from '../model/http-headers.ts'
import { postJson, type Sink } from './sink.ts'

/** Posts `{"alerts": […]}`, signed (`createSignatureHeaders`). */
export const createWebhookSink = (
  name: string,
  { url, secret, headers }: { url: string; secret: string; headers?: HttpHeaders },
): Sink => ({
  name,
  async send(alerts) {
    const body = JSON.stringify({ alerts })
    await postJson(url, body, { ...headers, ...createSignatureHeaders(secret, body) })
  },
})
