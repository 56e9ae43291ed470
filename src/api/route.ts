/** Common parts of route descriptions, which the validators, the OpenAPI document and the types of handlers are made from. */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { errorResponseSchema } from '../messaging/protocol.ts'

/** No query parameters; any is refused. */
export const noQuery = z.strictObject({})

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
  404: 'What it names does not exist',
  415: 'Send it as application/json',
  503: 'Send the same request again',
}

/** The responses of a route: 200 from its handler, and the failures that the handler may throw. */
export function responses<Answer extends z.ZodType>(answer: Answer, ...codes: (keyof typeof failures)[]) {
  const failed = codes.map((code) => [code, jsonResponse(failures[code], errorResponseSchema)])
  return { ...(Object.fromEntries(failed) as object), 200: jsonResponse('Done', answer) }
}

export function jsonResponse<Answer extends z.ZodType>(description: string, schema: Answer) {
  return { description, content: { 'application/json': { schema } } }
}
