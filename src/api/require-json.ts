import { createMiddleware } from 'hono/factory'

/** A web page may send other sites text or forms without asking; only JSON makes its browser ask first. */
export const requireJson = createMiddleware(async (context, next) => {
  const type = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (context.req.method === 'GET' || type === 'application/json') return await next()
  const message = 'The request is not marked as JSON; send it with the header content-type: application/json.'
  return context.json({ error: { code: 'unsupported-media-type', message } }, 415)
})
