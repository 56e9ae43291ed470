import { createMiddleware } from 'hono/factory'

/** Accepts only JSON: a browser lets web pages send text and forms to other sites, but asks the other site before it sends JSON. */
export const requireJson = createMiddleware(async (context, next) => {
  const type = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (context.req.method === 'GET' || context.req.method === 'HEAD' || type === 'application/json') return await next()
  const message = 'The content type is not JSON; send the header content-type: application/json.'
  return context.json({ error: { code: 'unsupported-media-type', message } }, 415)
})
