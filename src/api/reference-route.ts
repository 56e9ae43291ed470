import { createRoute, type OpenAPIHono } from '@hono/zod-openapi'
import { html } from 'hono/html'
import { createRouter, noQuery, textResponses } from './route.ts'
import { dereferenceSchemas } from './schema-references.ts'

interface Operation {
  summary?: string
  parameters?: { name: string; in: string; required?: boolean; description?: string }[]
  requestBody?: { content: Record<string, { schema?: unknown }> }
  responses: Record<string, { description?: string }>
}

interface ReferenceDocument {
  paths?: object
  components: { schemas: object }
}

const route = createRoute({
  method: 'get',
  path: '/reference',
  operationId: 'reference',
  summary: 'The OpenAPI document as a self-contained page',
  request: { query: noQuery },
  responses: textResponses('text/html', 400),
})

/** The reference of the API for people. @param getDocument the OpenAPI document */
export function createReferenceRoute(getDocument: () => ReferenceDocument): OpenAPIHono {
  const router = createRouter()
  router.openAPIRegistry.registerPath(route)
  router.get(route.path, (c) => {
    noQuery.parse(c.req.query())
    return c.html(render(getDocument()))
  })
  return router
}

/** A page without scripts and styles: the security policy allows neither within a page. */
function render({ paths = {}, components }: ReferenceDocument) {
  const schemas = components.schemas as Record<string, unknown>
  const operations = Object.entries(paths).flatMap(([path, methods]: [string, Record<string, Operation>]) =>
    Object.entries(methods).map(([method, operation]) => renderOperation(`${method.toUpperCase()} ${path}`, operation, schemas)),
  )
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>API of the performance optimizer</title></head>
<body><main><h1>API of the performance optimizer</h1>
<p>In machine-readable form: <a href="/openapi.json">openapi.json</a></p>
${operations}
</main></body></html>`
}

function renderOperation(
  title: string,
  { summary, parameters = [], requestBody, responses }: Operation,
  schemas: Record<string, unknown>,
) {
  const parameterList = parameters.map(
    ({ name, in: place, required, description }) =>
      html`<li><code>${name}</code> in ${place}${required ? ', required' : ''}${description ? `: ${description}` : ''}</li>`,
  )
  const bodies = Object.entries(requestBody?.content ?? {}).map(
    ([type, { schema }]) =>
      html`<details><summary>Body: ${type}</summary><pre>${JSON.stringify(dereferenceSchemas(schema, schemas), null, 2)}</pre></details>`,
  )
  const answers = Object.entries(responses).map(([status, { description }]) => html`<li>${status}: ${description}</li>`)
  return html`<article><h2><code>${title}</code></h2><p>${summary}</p>
${parameterList.length > 0 ? html`<ul>${parameterList}</ul>` : ''}${bodies}
<details><summary>Responses</summary><ul>${answers}</ul></details></article>
`
}
