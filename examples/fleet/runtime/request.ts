import { setTimeout as delay } from 'node:timers/promises'

export interface RequestOptions {
  /** One attempt ends after this. */
  timeoutMs: number
  /** Further attempts after a failed one. */
  retries?: number
  headers?: Record<string, string>
  /** Aborts the request when its answer is no longer needed. */
  signal?: AbortSignal
  body?: unknown
}

const firstBackoffMs = 60

/**
 * Requests JSON; sends a POST if there is a body. Retries with exponential backoff.
 * @throws Error if the last attempt failed, timed out or was aborted.
 */
export async function requestJson<T>(url: string, options: RequestOptions): Promise<T> {
  const { retries = 0, signal } = options
  for (let attempt = 0; ; attempt++) {
    try {
      return await once<T>(url, options)
    } catch (error) {
      if (attempt >= retries || signal?.aborted) throw error
      await delay(firstBackoffMs * 2 ** attempt * (0.5 + Math.random()), undefined, { signal })
    }
  }
}

async function once<T>(url: string, { timeoutMs, headers, signal, body }: RequestOptions): Promise<T> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  })
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`${new URL(url).pathname} answered ${response.status}`)
  }
  return (await response.json()) as T
}
