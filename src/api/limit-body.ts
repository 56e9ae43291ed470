import { createMiddleware } from 'hono/factory'
import { maxRequestBytes } from '../messaging/protocol.ts'
import { OptimizerError } from '../model/errors.ts'

/** Bytes that are still read of a request that is too large: a client that is still sending does not read the response. */
const maxDiscarded = 64 * 1024 * 1024

/** Answers a request with a larger body than the agent protocol allows with 413. */
export const limitBody = createMiddleware(async (context, next) => {
  const { method, raw } = context.req
  const length = context.req.header('content-length')
  const isDeclared = length !== undefined && context.req.header('transfer-encoding') === undefined
  if (method === 'GET' || method === 'HEAD' || (isDeclared && Number(length) <= maxRequestBytes)) return await next()
  const body = await readBody(raw.body, maxRequestBytes)
  if (body) {
    context.req.raw = new Request(raw, { body })
    return await next()
  }
  const message = `The request exceeds the limit of ${maxRequestBytes} bytes (4 MiB); split it.`
  return context.json({ error: { code: 'too-large', message } }, 413)
})

/**
 * The body; undefined if it exceeds the limit, beyond which a limited amount is read and discarded.
 * @throws OptimizerError `stalled`
 */
export async function readBody(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ? readChunks(body) : []) {
    bytes += chunk.length
    if (bytes <= maxBytes) chunks.push(chunk)
    else if (bytes > maxDiscarded) break
  }
  return bytes <= maxBytes ? Buffer.concat(chunks) : undefined
}

/** A sender that sends nothing for this long is dropped, so that it does not keep others waiting. */
const longestPauseMs = 10_000

/** The parts of a body as they arrive. @throws OptimizerError `stalled` (retryable) if nothing arrives for ten seconds */
export async function* readChunks(body: ReadableStream<Uint8Array>, pauseMs = longestPauseMs): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), pauseMs)
      if (done) return
      yield value
    }
  } finally {
    void reader.cancel().catch(() => undefined)
  }
}

async function within<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const message = `No data arrived for ${ms / 1_000} s; send the request again.`
    timer = setTimeout(() => reject(new OptimizerError('stalled', message, { retryable: true })), ms)
  })
  return await Promise.race([work, late]).finally(() => clearTimeout(timer))
}
