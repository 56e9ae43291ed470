import { every } from 'hono/combine'
import { createMiddleware } from 'hono/factory'
import { requestId } from 'hono/request-id'
import { errorResponseSchema } from '../messaging/protocol.ts'

const nameError = createMiddleware(async (c, next) => {
  await next()
  const isJson = c.res.headers.get('content-type')?.startsWith('application/json')
  if (c.res.status < 400 || !isJson) return
  const answer: unknown = await c.res.clone().json()
  const { success, data } = errorResponseSchema.safeParse(answer)
  if (!success) return
  const { status, headers } = c.res
  c.res = new Response(JSON.stringify({ error: { ...data.error, requestId: c.get('requestId') } }), { status, headers })
})

/** Gives each request an id, or takes the one in its header `x-request-id`; the answer has it in the same header, and each error names it. */
export const assignRequestIds = every(requestId({ limitLength: 100 }), nameError)
