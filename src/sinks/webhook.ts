import { signBody } from '../messaging/signature.ts'
import { post, type Sink } from './sink.ts'

/** Posts `{"alerts": […]}`, signed (`signBody`). */
export const createWebhookSink = (name: string, { url, secret }: { url: string; secret: string }): Sink => ({
  name,
  async send(alerts) {
    const body = JSON.stringify({ alerts })
    await post(url, body, signBody(secret, body))
  },
})
