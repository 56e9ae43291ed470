/** Data that stays current: it is read again when the server reports an event, and from time to time. */
import { signal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import { type ApiError, authorization, get, getWaitMs, type Json, token } from './api.ts'

/** Whether events arrive; without them, everything is read more often. */
export const isLive = signal(false)
/** Counts what has happened, also commands of this page. */
export const happenings = signal(0)
export const announce = () => {
  happenings.value++
}

const withEventsMs = 15_000
const gatherMs = 400
const maxCached = 200
const cached = new Map<string, unknown>()

/** Requests that began at the same time for several parts of a page. */
const beginning = new Map<string, Promise<unknown>>()
function getOnce<T>(path: string): Promise<Json<T>> {
  const known = beginning.get(path)
  if (known) return known as Promise<Json<T>>
  const reading = get<T>(path)
  beginning.set(path, reading)
  setTimeout(() => beginning.delete(path))
  return reading
}

export interface Resource<T> {
  data: Json<T> | undefined
  error: ApiError | undefined
  reload: () => void
}

/**
 * The answer of a route, kept current while the page is visible. The last answer stays while a new one is read or fails.
 * @param path null for nothing yet
 * @param everyMs how often it is read without events
 * @param isFinal whether an answer stays as it is, so that it is not read again
 */
export function useResource<T>(path: string | null, everyMs = 3_000, isFinal?: (data: Json<T>) => boolean): Resource<T> {
  const [state, setState] = useState<{ path: string | null; error?: ApiError | undefined }>({ path })
  const [asked, setAsked] = useState(0)
  useEffect(() => {
    if (path === null) return
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    let isReading = false
    let isDone = false
    let notBefore = 0
    const read = async () => {
      clearTimeout(timer)
      if (isReading || Date.now() < notBefore) return plan(gatherMs)
      isReading = true
      const error = await getOnce<T>(path).then(
        (data) => {
          cached.delete(path)
          cached.set(path, data)
          isDone = isFinal?.(data) ?? false
          if (cached.size > maxCached) cached.delete(cached.keys().next().value!)
          return undefined
        },
        (error: ApiError) => error,
      )
      isReading = false
      notBefore = error ? Date.now() + error.waitMs : 0
      if (isOver) return
      setState({ path, error })
      // Too many requests with a wrong token would lock the reader out for a while.
      if (error?.status !== 401 && error?.status !== 403) plan(isLive.value && !error ? Math.max(everyMs, withEventsMs) : everyMs)
    }
    const plan = (ms: number) => {
      clearTimeout(timer)
      if (!isOver && !isDone && document.visibilityState === 'visible')
        timer = setTimeout(read, Math.max(ms, notBefore - Date.now()))
    }
    const onVisible = () => document.visibilityState === 'visible' && !isDone && void read()
    let isFirst = true
    const unsubscribe = happenings.subscribe(() => {
      if (!isFirst) plan(gatherMs)
      isFirst = false
    })
    const unsubscribeToken = token.subscribe(() => {
      // What the server said is about the token before.
      notBefore = 0
      plan(0)
    })
    document.addEventListener('visibilitychange', onVisible)
    void read()
    return () => {
      isOver = true
      clearTimeout(timer)
      unsubscribe()
      unsubscribeToken()
      document.removeEventListener('visibilitychange', onVisible)
    }
  }, [path, everyMs, asked])
  const data = path === null ? undefined : (cached.get(path) as Json<T> | undefined)
  return { data, error: state.path === path ? state.error : undefined, reload: () => setAsked((count) => count + 1) }
}

const retryMs = 3_000
/** The server sends something at least this often. */
const silenceMs = 45_000

/** Follows the events of the server for ever, and continues after the last one when the connection breaks. */
export async function followEvents(): Promise<void> {
  let last: string | undefined
  for (;;) {
    const abort = new AbortController()
    const sent = token.value
    let refused: string | undefined
    let waitMs = 0
    try {
      const headers = { ...authorization(), accept: 'text/event-stream', ...(last !== undefined && { 'last-event-id': last }) }
      const response = await fetch('/api/events', { headers, signal: abort.signal })
      if (response.status === 401 || response.status === 403) refused = sent
      waitMs = getWaitMs(response)
      if (response.ok && response.body) {
        isLive.value = true
        announce()
        for await (const id of readEvents(response.body, abort)) {
          last = id ?? last
          announce()
        }
      }
    } catch {
      // The connection broke; the next one continues.
    }
    abort.abort()
    if (isLive.value) {
      isLive.value = false
      // Show at once what broke the connection.
      announce()
    }
    const until = Date.now() + waitMs
    // A new token is tried at once.
    do await new Promise((resolve) => setTimeout(resolve, retryMs))
    while (refused === token.value || (sent === token.value && Date.now() < until))
  }
}

/** The ids of the events of a stream, as they come. */
async function* readEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  abort: AbortController,
): AsyncGenerator<string | undefined> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let buffer = ''
  for (;;) {
    const timer = setTimeout(() => abort.abort(), silenceMs)
    const { done, value } = await reader.read().finally(() => clearTimeout(timer))
    if (done) return
    buffer += value
    const messages = buffer.split(/\r?\n\r?\n/)
    buffer = messages.pop() ?? ''
    for (const message of messages) {
      if (!/^data:/m.test(message)) continue
      yield /^id: ?(.*)$/m.exec(message)?.[1]
    }
  }
}
