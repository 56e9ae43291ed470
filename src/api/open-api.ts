import type { OpenAPIHono } from '@hono/zod-openapi'
import { namedSchemas } from './named-schemas.ts'
import { insertSchemaReferences, toJsonSchemas } from './schema-references.ts'

/** The OpenAPI 3.1 document of all routes of an app. */
export function buildOpenApiDocument(app: OpenAPIHono) {
  const document = app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'Performance optimizer', version: '1' } })
  return insertSchemaReferences(simplifyTuples(document), simplifyTuples(toJsonSchemas(namedSchemas)))
}

/** Writes a tuple of equal items, such as an interval, as an array of a length: more tools understand that than `prefixItems`. */
function simplifyTuples<Part>(part: Part): Part {
  if (Array.isArray(part)) return part.map(simplifyTuples) as Part
  if (part === null || typeof part !== 'object') return part
  const { prefixItems, ...rest } = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, simplifyTuples(value)]))
  if (!Array.isArray(prefixItems)) return rest as Part
  const areEqual = new Set(prefixItems.map((item) => JSON.stringify(item))).size === 1
  const length = { minItems: prefixItems.length, maxItems: prefixItems.length }
  return { ...rest, ...(areEqual ? { items: prefixItems[0] } : { prefixItems }), ...length } as Part
}
