import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { accepts } from 'hono/accepts'
import { createMiddleware } from 'hono/factory'

const compress = promisify(gzip)
/** Smaller responses hardly shrink with gzip. */
const minBytes = 1_024

/** Compresses JSON responses for clients that accept gzip, such as browsers: lists of a large fleet shrink to a tenth. */
export const compressResponses = createMiddleware(async (c, next) => {
  await next()
  const isJson = c.res.headers.get('content-type')?.startsWith('application/json') ?? false
  if (!isJson) return
  c.res.headers.append('vary', 'accept-encoding')
  const encoding = accepts(c, { header: 'Accept-Encoding', supports: ['gzip', 'identity'], default: 'identity' })
  if (encoding !== 'gzip' || c.res.status !== 200) return
  const { status, headers } = c.res
  const content = new Uint8Array(await c.res.arrayBuffer())
  if (content.length < minBytes) {
    c.res = new Response(content, { status, headers })
    return
  }
  c.res = new Response(new Uint8Array(await compress(content)), { status, headers })
  c.res.headers.set('content-encoding', 'gzip')
})
