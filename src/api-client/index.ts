/** The client of the HTTP API for programs and pages. Its types are generated from the OpenAPI document. */
import createClient, { type Client } from 'openapi-fetch'
import type { paths } from './paths.ts'

export type * from './paths.ts'

export interface ApiClientOptions {
  /** Such as `http://127.0.0.1:8080`. */
  url: string
  /** Not needed on loopback as long as there is none. */
  token?: string
  /** Instead of the global `fetch`, for instance with a limit of time. */
  fetch?: (request: Request) => Promise<Response>
}

export type ApiClient = Client<paths>

/**
 * A client of the HTTP API: `GET`, `POST`, `PUT` and `DELETE` take a path of the OpenAPI document, and resolve to its answer as `data`, or to
 * its `error`, `{ error: { code, message, requestId } }`, with the `response`. They throw only if there is no answer.
 */
export function createApiClient({ url, token, fetch }: ApiClientOptions): ApiClient {
  return createClient<paths>({ baseUrl: url, fetch, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
}
