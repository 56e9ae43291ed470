import { readFileSync } from 'node:fs'
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { OptimizerError } from '../model/errors.ts'
import { labelSchema } from '../model/text.ts'
import { createRouter, noQuery, textResponses } from './route.ts'

/** The folder of the package: both `src/api` and `dist/api` are in it. */
const root = new URL('../../', import.meta.url)

const served = /^(llms\.txt|docs\/[a-z-]+\.md|examples\/[a-z-]+\/[A-Za-z_]+(\.config)?\.(md|txt|json|js|py))$/

const index = createRoute({
  method: 'get',
  path: '/llms.txt',
  operationId: 'llmsTxt',
  summary: 'The list of the documents, for language models',
  request: { query: noQuery },
  responses: textResponses('text/markdown', 400, 404),
})
const document = createRoute({
  method: 'get',
  path: '/docs/{id}',
  operationId: 'document',
  summary: 'A document of this version, as Markdown',
  request: { query: noQuery, params: z.object({ id: labelSchema }) },
  responses: textResponses('text/markdown', 400, 404),
})

const example = createRoute({
  method: 'get',
  path: '/examples/{folder}/{file}',
  operationId: 'example',
  summary: 'A file of an example that the documents link to',
  request: { query: noQuery, params: z.object({ folder: labelSchema, file: labelSchema }) },
  responses: textResponses('text/plain', 400, 404),
})

/** The documents for coding agents, which thus read those of the running version. */
export function createDocsRoutes(): OpenAPIHono {
  const router = createRouter()
  router.openAPIRegistry.registerPath(index)
  router.get('/llms.txt', (c) => send(c, 'llms.txt'))
  router.openAPIRegistry.registerPath(document)
  router.get('/docs/:id', (c) => send(c, `docs/${c.req.param('id')}`))
  router.openAPIRegistry.registerPath(example)
  router.get('/examples/:folder/:file', (c) => send(c, `examples/${c.req.param('folder')}/${c.req.param('file')}`))
  return router
}

function send(c: Context, file: string) {
  noQuery.parse(c.req.query())
  const type = file.startsWith('examples/') ? 'plain' : 'markdown'
  return c.body(read(file), 200, { 'content-type': `text/${type}; charset=utf-8` })
}

/** @throws OptimizerError `unknown-document` */
function read(file: string): string {
  try {
    if (served.test(file)) return readFileSync(new URL(file, root), 'utf8')
  } catch {
    // An installation may be without its documents.
  }
  throw new OptimizerError('unknown-document', `There is no document ${file}; /llms.txt lists the documents.`)
}
