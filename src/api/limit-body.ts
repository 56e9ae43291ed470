import { createMiddleware } from 'hono/factory'
import { longestRequest } from '../messaging/protocol.ts'

/** Bytes of a request that are read although it is too large: a client that is still sending does not hear the answer. */
const mostDiscarded = 64 * 1024 * 1024

/** Answers a request with a larger body than the agent protocol allows with 413. */
export const limitBody = createMiddleware(async (context, next) => {
  const { method, raw } = context.req
  const length = context.req.header('content-length')
  const isDeclared = length !== undefined && context.req.header('transfer-encoding') === undefined
  if (method === 'GET' || method === 'HEAD' || (isDeclared && Number(length) <= longestRequest)) return await next()
  const body = await readBody(raw.body, longestRequest)
  if (body) {
    context.req.raw = new Request(raw, { body })
    return await next()
  }
  const message = `The request has more than ${longestRequest} bytes, which is the limit (4 MiB); split it.`
  return context.json({ error: { code: 'too-large', message } }, 413)
})

/** The body; undefined if it has more than the most bytes, of which as much is read as is discarded. */
export async function readBody(
  body: ReadableStream<Uint8Array> | null,
  mostBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes <= mostBytes) chunks.push(chunk)
    else if (bytes > mostDiscarded) break
  }
  return bytes <= mostBytes ? Buffer.concat(chunks) : undefined
}
