/** Protection from web pages that run in a person's browser inside the network of this server. */
import { isIP } from 'node:net'
import { hostname as nameOfMachine } from 'node:os'
import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { isLoopback } from '../model/loopback.ts'

export interface KnownHosts {
  /** The address that the server listens on. */
  listening: string
  /** Names that requests may use for it: a name, `.example.com` for this domain and all names in it, `*` for every name. */
  allowed: readonly string[]
}

/**
 * Refuses requests that only a web page would send. A page that reaches this server by its own name, made to point to this address
 * (DNS rebinding), sends that name as the host; a page of another site sends its origin, or the browser reveals it (`Sec-Fetch-Site`).
 */
export function requireKnownHost(known: KnownHosts) {
  return createMiddleware(async (context, next) => {
    const host = context.req.header('host')
    const name = host === undefined ? 'localhost' : hostnameOf(host)
    if (name === undefined || !isKnown(name, known)) {
      const remedy = 'use its IP address, or add the name to OPTIMIZER_API_ALLOWED_HOSTS'
      return refuse(context, 421, 'unknown-host', `This server is not known as ${JSON.stringify(name ?? host)}; ${remedy}.`)
    }
    const origin = context.req.header('origin')
    if (isNavigation(context) || (origin !== undefined && isOwn(origin, host ?? '', known))) return await next()
    const isReading = context.req.method === 'GET' || context.req.method === 'HEAD'
    if (context.req.header('sec-fetch-site') === 'cross-site') return refuseForeign(context, origin ?? 'another site')
    if (isReading || origin === undefined) return await next()
    return refuseForeign(context, origin)
  })
}

/** Whether a person follows a link to this server, whose page then shows the answer. */
function isNavigation(context: Context): boolean {
  const { method } = context.req
  return (method === 'GET' || method === 'HEAD') && context.req.header('sec-fetch-mode') === 'navigate'
}

function refuseForeign(context: Context, origin: string): Response {
  const remedy = 'only its own pages, and those of hosts in OPTIMIZER_API_ALLOWED_HOSTS, may send requests'
  return refuse(context, 403, 'foreign-origin', `A web page from ${JSON.stringify(origin)} sent this request; ${remedy}.`)
}

function isKnown(name: string, { listening, allowed }: KnownHosts): boolean {
  // Only a name can be made to point elsewhere.
  if (isIP(name.replace(/^\[|\]$/g, '')) !== 0) return true
  if (name === 'localhost' || name.endsWith('.localhost') || name === listening.toLowerCase()) return true
  if (allowed.includes('*') || isAllowed(name, allowed)) return true
  return !isLoopback(listening) && (isPrivate(name) || name === nameOfMachine().toLowerCase())
}

/** Whether a name was configured, by itself or with its domain. */
function isAllowed(name: string, allowed: readonly string[]): boolean {
  return allowed
    .map((entry) => entry.toLowerCase())
    .some((entry) => name === entry || (entry.startsWith('.') && (name === entry.slice(1) || name.endsWith(entry))))
}

/** Names that no public DNS server answers for: of services in Docker Compose and Kubernetes, and of machines in a local network. */
const isPrivate = (name: string) => !name.includes('.') || /\.(svc|svc\.cluster\.local|internal)$/.test(name)

/** Whether the page is of this server; a proxy that ends TLS may have changed the host, so configured names count as well. */
function isOwn(origin: string, host: string, { allowed }: KnownHosts): boolean {
  const page = URL.parse(origin)
  if (!page) return false
  return page.host === URL.parse(`${page.protocol}//${host}`)?.host || isAllowed(page.hostname, allowed)
}

/** The name or address in a `Host` header, in lower case and without port; undefined if it is malformed. */
function hostnameOf(host: string): string | undefined {
  if (/[\s/?#@\\]/.test(host)) return undefined
  return URL.parse(`http://${host}`)?.hostname.replace(/\.$/, '')
}

function refuse(context: Context, status: 403 | 421, code: string, message: string): Response {
  return context.json({ error: { code, message } }, status)
}
