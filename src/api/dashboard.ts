import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { createMiddleware } from 'hono/factory'

/** The files of the dashboard by name. */
export type DashboardFiles = Readonly<Record<string, Uint8Array>>

/**
 * The dashboard: as it was built with the package, or in a checkout built now, which takes less than a second.
 * @throws Error if it cannot be built, such as without the development dependencies
 */
export async function loadDashboard(): Promise<DashboardFiles> {
  const builder = new URL('../../dashboard/build.ts', import.meta.url)
  if (import.meta.url.endsWith('.ts') && existsSync(builder)) {
    const { buildDashboard } = (await import(builder.href)) as { buildDashboard: () => Promise<DashboardFiles> }
    return await buildDashboard()
  }
  const folder = fileURLToPath(new URL('../dashboard/', import.meta.url))
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]))
}

const types: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

/** Serves the dashboard at `/`, beside the routes of the API. */
export function serveDashboard(files: DashboardFiles) {
  const served = new Map(
    Object.entries(files).map(([name, content]) => {
      const body = new Uint8Array(content)
      const headers = {
        'content-type': types[name.split('.').at(-1)!] ?? 'application/octet-stream',
        'cache-control': 'no-cache',
        vary: 'accept-encoding',
        etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 20)}"`,
      }
      return [name === 'index.html' ? '/' : `/${name}`, { body, gzipped: new Uint8Array(gzipSync(body)), headers }]
    }),
  )
  return createMiddleware(async (c, next) => {
    const file = c.req.method === 'GET' || c.req.method === 'HEAD' ? served.get(c.req.path) : undefined
    if (!file) return await next()
    if (c.req.header('if-none-match') === file.headers.etag) return c.body(null, 304, file.headers)
    const takesGzip = c.req.header('accept-encoding')?.includes('gzip') ?? false
    return takesGzip
      ? c.body(file.gzipped, 200, { ...file.headers, 'content-encoding': 'gzip' })
      : c.body(file.body, 200, file.headers)
  })
}
