/** The API's routes, and its OpenAPI document held against what is really answered. */
import { z } from 'zod'
import { createApp } from '../../src/api/app.ts'
import { AgentGateway } from '../../src/api/gateway/gateway.ts'
import { dereferenceSchemas } from '../../src/api/schema-references.ts'
import type { OptimizerClient } from '../../src/client/optimizer.ts'
import type { TokenCache } from '../../src/client/token-cache.ts'
import { engineSettingsSchema } from '../../src/model/engine-settings.ts'
import type { ConfiguredMetric } from '../../src/model/metric.ts'
import { defaultTelemetry } from '../../src/model/telemetry.ts'

type JsonSchema = { [key: string]: unknown }
interface Operation {
  operationId: string
  summary: string
  requestBody?: { content: { 'application/json': { schema: JsonSchema } } }
  responses: Record<string, { content?: { 'application/json': { schema: JsonSchema } } }>
}
export interface OpenApiDocument {
  info: { version: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, JsonSchema> }
}

/** The app with what it needs to answer from `optimizer`; agents and messaging are left out. Without tokens, it is open. */
export function appOf(
  optimizer: OptimizerClient,
  telemetry = defaultTelemetry,
  {
    tokens,
    listening = '127.0.0.1',
    metrics = [],
  }: { tokens?: TokenCache; listening?: string; metrics?: readonly ConfiguredMetric[] } = {},
) {
  const engine = engineSettingsSchema.parse({})
  const gateway = new AgentGateway({ db: optimizer.db, metrics, engine, telemetry }, () => undefined)
  const hosts = { listening, allowed: [] }
  return createApp({ gateway, optimizer, pingNats: async () => undefined, hosts, tokens, onUnavailable: () => undefined })
}

/** The OpenAPI document that the API serves. */
export async function getOpenApi(): Promise<OpenApiDocument> {
  return (await (await appOf({} as OptimizerClient).request('/openapi.json')).json()) as OpenApiDocument
}

/** Every route that is registered, in order, as `GET /api/trials/{id}`. */
export function listRoutes(): string[] {
  const routes = appOf({} as OptimizerClient).routes.filter(({ method }) => method !== 'ALL')
  return [...new Set(routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`))].sort()
}

/** Every operation that is documented, in order, named as the routes are. */
export function listOperations({ paths }: OpenApiDocument): string[] {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  return operations.sort()
}

/** Why an answer is not what the document promises; empty where it is. A field that the document does not name is a reason too. */
export function findContradictions(document: OpenApiDocument, operation: string, status: number, answer: unknown): string[] {
  const [method, path] = operation.split(' ')
  const schema = document.paths[path!]?.[method!.toLowerCase()]?.responses[status]?.content?.['application/json'].schema
  if (!schema) return [`${operation} promises nothing for ${status}`]
  const whole = dereferenceSchemas(schema, document.components.schemas)
  const { error } = z.fromJSONSchema(closed(whole) as Parameters<typeof z.fromJSONSchema>[0]).safeParse(answer)
  return error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? []
}

/** The same schema, but objects have no other properties than those it names. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (schema === null || typeof schema !== 'object') return schema
  const parts = Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, closed(part)]))
  return 'properties' in parts && !('additionalProperties' in parts) ? { ...parts, additionalProperties: false } : parts
}
