/** Common parts of route descriptions, from which the validators, the OpenAPI document and the handler types are derived. */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context, TypedResponse } from 'hono'
import type { JSONParsed } from 'hono/utils/types'
import { errorResponseSchema } from '../messaging/protocol.ts'
import { dateTimeSchema } from '../model/date-time.ts'
import { labelSchema } from '../model/text.ts'
import { defaultCycleEntryLimit } from '../reading/cycles.ts'
import type { Page } from '../reading/list-extent.ts'

/** No query parameters; any is refused by name. */
export const noQuery = z.strictObject(
  {},
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `there is no query parameter ${issue.keys.map((name) => JSON.stringify(name)).join(' or ')} here; omit it`
        : undefined,
  },
)

/** The number of entries of a list, newest first. */
export const limitQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).optional().describe('Maximum number of entries, newest first'),
})

/** The newest entries of a time. */
export const periodQuery = limitQuery.extend({
  since: dateTimeSchema.optional().describe('Only entries from this time on'),
  until: dateTimeSchema.optional().describe('Only entries before this time'),
})

/** The same, page by page. @param position of an entry in the list */
export const createPageQuery = <Position extends z.ZodType>(position: Position) =>
  periodQuery.extend({ after: position.optional().describe('The id of the last entry of the previous page') })

/** A query with its times as dates. */
export const parseQueryTimes = <Query extends { since?: string | undefined; until?: string | undefined }>({
  since,
  until,
  ...query
}: Query) => ({
  ...query,
  since: since === undefined ? undefined : new Date(since),
  until: until === undefined ? undefined : new Date(until),
})

/** The number of entries of each list of a cycle. */
export const cycleQuery = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(defaultCycleEntryLimit)
    .describe('Maximum number of entries of each list'),
})

/** The header of a list that may be cut off: the total number of entries. */
export const totalHeader = 'x-total-count'

/** Sends a part of a list. */
export const sendPage = <Entry>(
  c: Context,
  { items, total }: Page<Entry>,
): Response & TypedResponse<JSONParsed<Entry[]>, 200, 'json'> => c.json(items, 200, { [totalHeader]: String(total) })

/** The answer to a request that starts a workflow. */
export const startedSchema = z.object({ workflowId: z.string() })

/** The parameter of a path with `{id}`. */
export const idParams = z.object({ id: labelSchema })

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
  400: 'The request is invalid; correct it',
  401: 'Send a valid token',
  403: "The token's role is insufficient, or a web page on another site sent the request",
  404: 'Not found',
  413: 'Send less at once',
  415: 'Send it as application/json',
  429: 'Too many requests were sent, are waiting or were refused; retry after the number of seconds in Retry-After',
  421: 'The host name is not allowed; use another name of this server, or add this one to OPTIMIZER_API_ALLOWED_HOSTS',
  500: 'Internal error; do not send the request again',
  503: 'Retry the same request',
}
/** Node answers it, before any handler, with nothing more. */
const tooLong = { 431: { description: 'Use a shorter URL, or smaller headers' } } as object
const always = [401, 403, 421, 429, 500] as const
const posted = [413, 415] as const

/** The responses of a route: 200 from its handler, and its failures; 415 represents all that concern only a request with a body. */
export function routeResponses<Answer extends z.ZodType>(answer: Answer, ...codes: (400 | 404 | 415 | 503)[]) {
  const failed = [...codes, ...always, ...(codes.includes(415) ? posted : [])].map((code) => [
    code,
    jsonResponse(failures[code], errorResponseSchema),
  ])
  return { ...(Object.fromEntries(failed) as object), ...tooLong, 200: jsonResponse('Done', answer) }
}

/** The responses of a route that answers with a text that is no JSON. @param type such as `text/html` */
export function textResponses(type: string, ...codes: (400 | 404)[]) {
  return { ...routeResponses(z.string(), ...codes), 200: { description: 'Done', content: { [type]: { schema: z.string() } } } }
}

/** The responses of a list that may be cut off. */
export function listResponses<Entry extends z.ZodType>(entry: Entry, ...codes: (400 | 404 | 503)[]) {
  const all = routeResponses(z.array(entry), ...codes)
  const headers = z.object({ [totalHeader]: z.string().describe('Total number of entries') })
  return { ...all, 200: { ...all[200], headers } }
}

export function jsonResponse<Answer extends z.ZodType>(description: string, schema: Answer) {
  return { description, content: { 'application/json': { schema } } }
}
