import { setTimeout as delay } from 'node:timers/promises'
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import { errorResponseSchema } from '../messaging/protocol.ts'
import type { ReadContext } from '../reading/context.ts'
import { EventFeed } from '../reading/events.ts'
import { createRouter, jsonResponse, noQuery, routeResponses } from './route.ts'

/** Maximum number of open streams: each holds a connection, and a batch of events in memory. */
const maxStreams = 200
const batchSize = 100
const everyMs = 1_000
/** Proxies close connections on which nothing is sent, often after a minute. */
const heartbeatMs = 15_000
const retryAfterSeconds = 5

const route = createRoute({
  method: 'get',
  path: '/events',
  operationId: 'events',
  summary: 'Events from now on, or after the event in Last-Event-ID, as server-sent events',
  request: {
    query: noQuery,
    headers: z.object({ 'last-event-id': z.string().max(20).optional().describe('The id of the last event received') }),
  },
  responses: {
    ...routeResponses(z.string(), 400, 503),
    200: {
      description: 'An endless stream; the data of each message is JSON with `id`, `type`, `at` and `ref`',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    429: jsonResponse('Too many streams are open; retry after the number of seconds in Retry-After', errorResponseSchema),
  },
})

/**
 * Server-sent events for watching clients. A stream reads on only when its client has taken what was sent, so a slow client costs
 * no memory; it ends once the token that it came with is no longer in force. @param stopping ends all streams
 */
export function createEventRoute({ db }: Pick<ReadContext, 'db'>, stopping: AbortSignal): OpenAPIHono {
  const router = createRouter()
  const feed = new EventFeed(db, everyMs)
  let open = 0
  router.openAPIRegistry.registerPath(route)
  router.get(route.path, async (c) => {
    noQuery.parse(c.req.query())
    // Hono answers HEAD as GET, without the body: nobody would read the stream, nor end it.
    if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' })
    if (open >= maxStreams) {
      c.header('retry-after', String(retryAfterSeconds))
      return c.json({ error: { code: 'busy', message: `${maxStreams} streams are open; close one, or try again later.` } }, 429)
    }
    const newest = await feed.findNewest()
    const lastId = c.req.header('last-event-id')
    const start = lastId === undefined ? { after: newest, isReset: false } : await findStart(feed, lastId, newest)
    const isAllowed = c.get('isStillAllowed') ?? (async () => true)
    open++
    c.header('x-accel-buffering', 'no')
    return streamSSE(c, async (stream) => {
      const ended = new AbortController()
      stream.onAbort(() => ended.abort())
      try {
        await sendEvents(stream, feed, start, isAllowed, AbortSignal.any([ended.signal, stopping]))
      } finally {
        open--
      }
    })
  })
  return router
}

interface Start {
  after: number
  /** Whether events may be missing that the client has not received. */
  isReset: boolean
}

async function findStart(feed: EventFeed, lastId: string, newest: number): Promise<Start> {
  const after = /^\d{1,15}$/.test(lastId) ? Number(lastId) : undefined
  const isKnown = after !== undefined && (await feed.canResumeAfter(after))
  return isKnown ? { after, isReset: false } : { after: newest, isReset: true }
}

async function sendEvents(
  stream: SSEStreamingApi,
  feed: EventFeed,
  { after, isReset }: Start,
  isAllowed: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  const send = (data: object, id: number) => stream.writeSSE({ id: String(id), data: JSON.stringify(data) })
  await stream.write(`retry: ${everyMs}\n: connected\n\n`)
  if (isReset) await send({ id: after, type: 'reset', at: new Date(), ref: {} }, after)
  let last = after
  let sentAt = Date.now()
  while (!signal.aborted && !stream.aborted && (await isAllowed())) {
    // A stream outlasts its database: a browser does not come back after an error.
    const newest = await feed.findNewest().catch(() => last)
    const events = newest > last ? await feed.read(last, newest, batchSize).catch(() => []) : []
    for (const event of events) {
      await send(event, event.id)
      last = event.id
    }
    if (events.length > 0) sentAt = Date.now()
    if (events.length === batchSize) continue
    if (Date.now() - sentAt >= heartbeatMs) {
      await stream.write(': heartbeat\n\n')
      sentAt = Date.now()
    }
    await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}
