import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { AccessAttempt, TokenCache } from '../../client/token-cache.ts'
import { allAgents, type RecordedToken, type ReportingAgents } from '../../model/access.ts'
import { isLoopback } from '../../model/loopback.ts'
import { RateLimit } from './rate-limit.ts'
import { type Access, getRequiredAccess, isRoleAllowed } from './rules.ts'

declare module 'hono' {
  interface ContextVariableMap {
    /** The token of the request; undefined without one. */
    token: RecordedToken | undefined
    /** Whether the request would still be allowed, for responses that do not end; undefined if everybody is allowed. */
    isStillAllowed: (() => Promise<boolean>) | undefined
  }
}

const tokenRequired = 'token-required'

type Refusal = { status: 401 | 403; code: string; message: string; token?: RecordedToken }

/** Requests refused for their token, per minute: nobody can try tokens without end. A request without one tries nothing. */
const refusals = { windowMs: 60_000, most: 20 }
/** A page opens with many requests at once. */
const rateWindowMs = 10_000

/**
 * Lets through only requests whose token has the role that they need. On loopback, a request without a token is let through as long as
 * there is none for its kind of clients: for people and programs, or for agents. Reports of agents and probes have no limit of rate.
 * @param perSecond how many requests of a token, or else of an address, are answered, averaged over ten seconds
 */
export function requireAccess(book: TokenCache, listening: string, perSecond: () => number) {
  const failures = new RateLimit(refusals.windowMs, () => refusals.most)
  const requests = new RateLimit(rateWindowMs, () => perSecond() * (rateWindowMs / 1_000))
  const findExcess = (c: Context, sender: string): Response | undefined => {
    const waitSeconds = requests.add(sender)
    if (waitSeconds === 0) return undefined
    const message = `The limit of ${perSecond()} requests a second was exceeded; retry after ${waitSeconds} s.`
    return answerLater(c, { waitSeconds, code: 'too-many-requests', message })
  }
  return createMiddleware(async (c, next) => {
    const access = getRequiredAccess(c.req.method, c.req.path)
    const address = findAddress(c)
    // A probe that comes through the same proxy as a flood must not fail for it: the service would be taken out.
    if (c.req.path === '/healthz' && access === 'anyone') return await next()
    if (access === 'anyone') return findExcess(c, `address ${address}`) ?? (await next())
    const secret = readSecret(c.req.header('authorization'))
    const decide = async (): Promise<{ token?: RecordedToken | undefined; refusal?: Refusal | undefined }> => {
      const isOpen = secret === undefined && isLoopback(listening)
      if (isOpen && !(await book.hasTokenOf(access === 'agent' ? 'agents' : 'people'))) return {}
      const token = secret === undefined ? undefined : await book.find(secret)
      return { token, refusal: findRefusal(access, secret, token) }
    }
    const attempt = { request: `${c.req.method} ${c.req.path}`, address }
    const { token, refusal } = await decide()
    if (refusal?.code === tokenRequired) return findExcess(c, `address ${address} without a token`) ?? answerRefusal(c, refusal)
    if (refusal) return await refuse(c, book, failures, refusal, attempt)
    c.set('token', token)
    const excess = access === 'agent' ? undefined : findExcess(c, identifySender(c))
    if (excess) return excess
    c.set('isStillAllowed', async () => (await decide()).refusal === undefined)
    if (token) await book.recordUse(token, attempt)
    return await next()
  })
}

/** Who sends a request, where senders take turns: its token, or else its address. */
export function identifySender(c: Context): string {
  const token = c.get('token')
  return token ? `token ${token.name}` : `address ${findAddress(c)}`
}

/** The agents that the sender of a request may report for; undefined for all. */
export function getReportingAgents(c: Context): ReportingAgents {
  const agents = c.get('token')?.agents
  return agents?.includes(allAgents) ? undefined : agents
}

/** Who gives a command: the name in the request, with the token that it came with. */
export function identifyActor(c: Context, by: string): string {
  const name = c.get('token')?.name
  return name === undefined ? by : formatActor(by, name)
}

/** "ada (dashboard)", short enough for a name: the token is never cut off. The reasons of roll-backs end a name with a colon or semicolon. */
export function formatActor(by: string, token: string): string {
  if (by === token) return by
  const suffix = ` (${token.slice(0, longestToken)})`
  return by.replace(/[:;]/g, ',').slice(0, longestName - suffix.length) + suffix
}
const longestName = 200
const longestToken = 100

function findRefusal(access: Access, secret: string | undefined, token: RecordedToken | undefined): Refusal | undefined {
  if (secret === undefined) {
    const message = 'The request has no token; send one as Authorization: Bearer <token>.'
    return { status: 401, code: tokenRequired, message }
  }
  if (!token)
    return { status: 401, code: 'invalid-token', message: 'The token is unknown; create one with npx optimizer tokens create.' }
  const end = token.revokedAt
    ? 'was revoked'
    : token.expiresAt && token.expiresAt.getTime() <= Date.now()
      ? 'has expired'
      : undefined
  if (end) return { status: 401, code: 'invalid-token', message: `The token ${token.name} ${end}; use another.`, token }
  if (isRoleAllowed(token.role, access)) return undefined
  const need = access === 'agent' ? 'a token for agents' : `the ${access} role`
  const message = `The token ${token.name} has the ${token.role} role, and this request needs ${need}; use another token.`
  return { status: 403, code: 'role-too-low', message, token }
}

async function refuse(
  c: Context,
  book: TokenCache,
  failures: RateLimit,
  refusal: Refusal,
  attempt: AccessAttempt,
): Promise<Response> {
  const waitSeconds = failures.add(attempt.address ?? 'unknown')
  if (waitSeconds > 0) {
    const message = `Too many requests were refused; correct the token, and retry after ${waitSeconds} s.`
    return answerLater(c, { waitSeconds, code: 'too-many-attempts', message })
  }
  await book.recordDenial(refusal.token?.name, refusal.code, attempt)
  return answerRefusal(c, refusal)
}

function answerRefusal(c: Context, { status, code, message }: Refusal): Response {
  if (status === 401) c.header('www-authenticate', 'Bearer')
  return c.json({ error: { code, message } }, status)
}

function answerLater(c: Context, { waitSeconds, code, message }: { waitSeconds: number; code: string; message: string }) {
  c.header('retry-after', String(waitSeconds))
  return c.json({ error: { code, message } }, 429)
}

const readSecret = (header: string | undefined) => header && (/^Bearer +(\S+)$/i.exec(header)?.[1] ?? '')

/** The client's address; undefined where there is no connection, as in tests. */
function findAddress(c: Context): string | undefined {
  return c.env?.incoming ? getConnInfo(c).remote.address : undefined
}
