/** Requests to the API. */
import { signal } from '@preact/signals'

/** The answer of a route as JSON carries it: times are strings. */
export type Json<T> = T extends Date ? string : T extends object ? { [Key in keyof T]: Json<T[Key]> } : T

/** A request that was refused or could not be answered; `status` is 0 if there was no answer. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  /** How long the server asks to wait before the next request, milliseconds. */
  readonly waitMs: number
  constructor(status: number, code: string, message: string, waitMs = 0) {
    super(message)
    this.status = status
    this.code = code
    this.waitMs = waitMs
  }
}

const tokenKey = 'optimizer-token'
/** The token that the reader entered; it is forgotten with the tab. */
export const token = signal(sessionStorage.getItem(tokenKey) ?? '')
/** Whether the server asked for a token, or refused the one it got. */
export const needsToken = signal(false)
/** When the server stopped answering, milliseconds since the epoch; null while it answers. */
export const offlineSince = signal<number | null>(null)

export function setToken(value: string): void {
  token.value = value
  needsToken.value = false
  if (value) sessionStorage.setItem(tokenKey, value)
  else sessionStorage.removeItem(tokenKey)
}

let refused: string | undefined

/** Asks once for each token that is refused, and for the first one. */
function askForToken(): void {
  if (refused !== token.value) needsToken.value = true
  refused = token.value
}

export const authorization = (): Record<string, string> => (token.value ? { authorization: `Bearer ${token.value}` } : {})

const answerWithinMs = 20_000

/** @throws ApiError */
export async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const sent = token.value
  const response = await fetch(`/api${path}`, {
    method,
    headers: { ...authorization(), ...(body !== undefined && { 'content-type': 'application/json' }) },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(answerWithinMs),
  }).catch(() => {
    offlineSince.value ??= Date.now()
    const remedy =
      method === 'GET' ? 'This page retries automatically.' : 'The request may have been carried out; check before you repeat it.'
    throw new ApiError(0, 'unreachable', `The optimizer is not responding. ${remedy}`)
  })
  offlineSince.value = null
  // An answer about an earlier token says nothing of the one that was entered since.
  if (response.status === 401 && sent === token.value) askForToken()
  const answer = await response.json().catch(() => undefined)
  if (response.ok) return answer as T
  const { code = 'failed', message = `The server responded with ${response.status}.` } = answer?.error ?? {}
  throw new ApiError(response.status, code, message, getWaitMs(response))
}

/** How long the server asks to wait, in seconds of the header `Retry-After`; 0 if it does not. */
export const getWaitMs = ({ headers }: Response): number => 1_000 * (Number(headers.get('retry-after')) || 0)

export const get = <T>(path: string): Promise<Json<T>> => request('GET', path)
export const post = <T>(path: string, body: unknown): Promise<Json<T>> => request('POST', path, body)
