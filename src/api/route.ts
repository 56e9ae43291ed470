/** Common parts of route descriptions, from which the validators, the OpenAPI document and the handler types are derived. */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { errorResponseSchema } from '../messaging/protocol.ts'

/** No query parameters; any is refused. */
export const noQuery = z.strictObject({})

/** How many entries of a list are wanted, the newest first. */
export const limitQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100_000).optional().describe('How many entries, the newest first'),
})

/** The header of a list that may be cut off: how many entries there are in all. */
export const totalHeader = 'x-total-count'

/** The parameter of a path with `{id}`. */
export const idParams = z.object({ id: z.string() })

/** A router whose validators throw a ZodError, for the error handler of the app. */
export function createRouter(): OpenAPIHono {
  return new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success) throw result.error
    },
  })
}

export function jsonBody<Body extends z.ZodType>(schema: Body) {
  return { required: true, content: { 'application/json': { schema } } }
}

const failures = {
  400: 'Correct the request',
  404: 'It does not exist',
  415: 'Send it as application/json',
  503: 'Send the same request again',
}

/** The responses of a route: 200 from its handler, and the failures that the handler may throw. */
export function responses<Answer extends z.ZodType>(answer: Answer, ...codes: (keyof typeof failures)[]) {
  const failed = codes.map((code) => [code, jsonResponse(failures[code], errorResponseSchema)])
  return { ...(Object.fromEntries(failed) as object), 200: jsonResponse('Done', answer) }
}

/** The responses of a list that may be cut off. */
export function listResponses<Entry extends z.ZodType>(entry: Entry, ...codes: (keyof typeof failures)[]) {
  const all = responses(z.array(entry), ...codes)
  const headers = z.object({ [totalHeader]: z.string().describe('How many entries there are in all') })
  return { ...all, 200: { ...all[200], headers } }
}

export function jsonResponse<Answer extends z.ZodType>(description: string, schema: Answer) {
  return { description, content: { 'application/json': { schema } } }
}
