import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { dereferenceSchemas } from '../../../src/api/schema-references.ts'
import type { OptimizerClient } from '../../../src/client/optimizer.ts'
import { appOf } from '../../support/api.ts'
import { documents } from '../../support/documents.ts'

type Operation = { requestBody?: { content: { 'application/json': { schema: Parameters<typeof z.fromJSONSchema>[0] } } } }
const response = await appOf({} as OptimizerClient).request('/openapi.json')
const { paths, components } = (await response.json()) as {
  paths: Record<string, { post?: Operation }>
  components: { schemas: object }
}

/** Each body that a paragraph or a row of a table shows for a route, where it names a single one. */
const bodies = documents.flatMap(({ name, text }) =>
  text.split(/\n\n|\n(?=\|)/).flatMap((part) => {
    const routes = [...part.matchAll(/`POST (\/api\/[\w/:-]+)`/g)].map(([, route]) => route!.replace(/:(\w+)/g, '{$1}'))
    const shown = [...part.matchAll(/`(\{[^`]*\})`/g)].map(([, body]) => body!.replace(/\s+/g, ' ').replace(/<(\w+)>/g, '$1'))
    return new Set(routes).size === 1 ? shown.map((body) => ({ document: name, route: routes[0]!, body })) : []
  }),
)

describe('a body in the documents', () => {
  test.each(bodies)('of $route in $document is accepted: $body', ({ route, body }) => {
    const { schema: named } = paths[route]!.post!.requestBody!.content['application/json']
    const schema = dereferenceSchemas(named, components.schemas as Record<string, unknown>)
    expect(z.fromJSONSchema(schema).safeParse(JSON.parse(body)).error?.issues).toBeUndefined()
  })

  test('is shown for every route that takes one', () => {
    const documented = new Set(bodies.map(({ route }) => route))
    const taking = Object.keys(paths).filter((path) => path.startsWith('/api/') && paths[path]!.post?.requestBody)
    expect(taking.filter((path) => !documented.has(path))).toEqual([])
  })
})
