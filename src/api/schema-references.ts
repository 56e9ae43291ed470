import { OpenAPIHono, type z } from '@hono/zod-openapi'
import { jsonResponse } from './route.ts'

type Json = Record<string, unknown>
const prefix = '#/components/schemas/'
const isObject = (part: unknown): part is Json => part !== null && typeof part === 'object' && !Array.isArray(part)

/** The schemas as JSON, each written out whole, by name. */
export function toJsonSchemas(schemas: Readonly<Record<string, z.ZodType>>): Record<string, Json> {
  const app = new OpenAPIHono()
  // As the answers of routes, since a schema that was built before the library was loaded cannot be registered by itself.
  for (const [name, schema] of Object.entries(schemas))
    app.openAPIRegistry.registerPath({ method: 'get', path: `/${name}`, responses: { 200: jsonResponse('', schema) } })
  const { paths } = app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: '', version: '' } })
  return Object.fromEntries(
    Object.keys(schemas).map((name) => [name, paths?.[`/${name}`]?.get?.responses?.[200]?.content['application/json'].schema]),
  )
}

/**
 * Replaces each occurrence of a shape that has a name with a reference. The description and the default of an occurrence are its own, and
 * stay beside the reference.
 */
export function insertSchemaReferences<Part extends object>(document: Part, shapes: Readonly<Record<string, Json>>) {
  const names = new Map(Object.entries(shapes).map(([name, shape]) => [computeSchemaKey(shape), name]))
  const inside = (part: Json) => Object.fromEntries(Object.entries(part).map(([key, value]) => [key, refer(value)]))
  const refer = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(refer)
    if (!isObject(part)) return part
    const name = names.get(computeSchemaKey(part))
    if (name) return { $ref: prefix + name, ...pickOwn(part) }
    const filled = withoutNull(part)
    const nameOfFilled = filled && names.get(computeSchemaKey(filled))
    return nameOfFilled ? { anyOf: [{ $ref: prefix + nameOfFilled }, { type: 'null' }], ...pickOwn(part) } : inside(part)
  }
  const schemas = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, inside(shape)]))
  return { ...(inside(document as Json) as Part), components: { schemas } }
}

/** The same document with every reference replaced by what it refers to. */
export function dereferenceSchemas<Part>(part: Part, schemas: Readonly<Record<string, unknown>>): Part {
  if (Array.isArray(part)) return part.map((entry) => dereferenceSchemas(entry, schemas)) as Part
  if (!isObject(part)) return part
  const { $ref, ...own } = part
  if (typeof $ref === 'string' && $ref.startsWith(prefix))
    return { ...(dereferenceSchemas(schemas[$ref.slice(prefix.length)], schemas) as object), ...own } as Part
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, dereferenceSchemas(value, schemas)])) as Part
}

const pickOwn = ({ description, default: value }: Json) => ({
  ...(description !== undefined && { description }),
  ...(value !== undefined && { default: value }),
})

/** Equal for equal shapes, whatever the order of their keys and their own description and default. */
export function computeSchemaKey({ description: _, default: __, ...shape }: Json): string {
  return JSON.stringify(shape, (_key, value) =>
    isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
  )
}

/** The shape of the other values, if this one allows null; otherwise undefined. */
function withoutNull({ type, anyOf, enum: values, ...rest }: Json): Json | undefined {
  if (Array.isArray(anyOf)) {
    const others = anyOf.filter((one) => one.type !== 'null')
    if (others.length === anyOf.length) return undefined
    return others.length === 1 ? { ...others[0], ...rest } : { ...rest, anyOf: others }
  }
  if (!Array.isArray(type) || !type.includes('null')) return undefined
  const types = type.filter((one) => one !== 'null')
  return {
    ...rest,
    type: types.length === 1 ? types[0] : types,
    ...(Array.isArray(values) && { enum: values.filter((value) => value !== null) }),
  }
}
