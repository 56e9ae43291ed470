/** The tools of the MCP server: operations of the HTTP API, as its OpenAPI document describes them. */
import { getRequiredAccess, isRoleAllowed } from '../api/access/rules.ts'
import { dereferenceSchemas } from '../api/schema-references.ts'
import type { TokenRole } from '../model/access.ts'
import { OptimizerError } from '../model/errors.ts'

type JsonSchema = Record<string, unknown>
type Place = 'path' | 'query' | 'body'

interface Parameter {
  name: string
  in: string
  required?: boolean
  description?: string
  schema?: JsonSchema
}
interface Operation {
  operationId: string
  summary: string
  parameters?: Parameter[]
  requestBody?: { content: { 'application/json': { schema: JsonSchema } } }
}

/** The part of an OpenAPI document that describes tools. */
export interface ApiDocument {
  info: { version: string }
  paths: Record<string, Record<string, Operation>>
  /** The named schemas, which the others refer to. */
  components: { schemas: Record<string, JsonSchema> }
}

export interface Tool {
  /** The `operationId`. */
  name: string
  description: string
  method: string
  path: string
  inputSchema: { type: 'object'; properties: Record<string, JsonSchema>; required: string[]; additionalProperties: false }
  /** Where each argument belongs in the request. */
  places: Record<string, Place>
  /** Whether the request says who sends it. */
  isSigned: boolean
}

/** The operations that are offered: what an assistant needs to answer questions, and every command of a person. */
export const offeredOperations: ReadonlySet<string> = new Set([
  'summary',
  'fleet',
  'fleetDetails',
  'agent',
  'agentMetrics',
  'agentTrials',
  'configurations',
  'cycles',
  'cycle',
  'cycleStrategies',
  'bottlenecks',
  'recommendations',
  'capacity',
  'alerts',
  'anomalies',
  'anomalyCoverage',
  'approvals',
  'results',
  'trial',
  'restores',
  'explanation',
  'learning',
  'periodReport',
  'policy',
  'policyHistory',
  'limits',
  'objectives',
  'audit',
  'command',
  'startCycle',
  'decide',
  'keep',
  'rollBack',
  'retry',
  'restore',
  'giveUp',
  'undo',
  'acknowledgeAlert',
  'dismissAnomaly',
  'recordDeployment',
  'setObjective',
  'clearObjective',
  'forget',
])

/** The tools that a token with this role may use, in the order of the document. */
export function listTools({ paths, components }: ApiDocument, role: TokenRole): Tool[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .map(([method, operation]) => ({ method: method.toUpperCase(), operation }))
      .filter(
        ({ method, operation }) =>
          offeredOperations.has(operation.operationId) && isRoleAllowed(role, getRequiredAccess(method, path)),
      )
      .map(({ method, operation }) => toTool(method, path, withWholeInput(operation, components.schemas))),
  )
}

/** Assistants get the schemas of a tool's arguments written out, since not all of them follow references. */
function withWholeInput(operation: Operation, schemas: Record<string, JsonSchema>): Operation {
  const { parameters = [], requestBody } = operation
  const body = requestBody && { requestBody: dereferenceSchemas(requestBody, schemas) }
  return { ...operation, parameters: dereferenceSchemas(parameters, schemas), ...body }
}

function toTool(method: string, path: string, { operationId, summary, parameters = [], requestBody }: Operation): Tool {
  const body = (requestBody?.content['application/json'].schema ?? {}) as {
    properties?: Record<string, JsonSchema>
    required?: string[]
  }
  const { by, ...fields } = body.properties ?? {}
  const places = {
    ...Object.fromEntries(Object.keys(fields).map((name) => [name, 'body' as const])),
    ...Object.fromEntries(parameters.map(({ name, in: place }) => [name, place as Place])),
  }
  const properties = {
    ...fields,
    ...Object.fromEntries(
      parameters.map(({ name, schema, description }) => [name, { ...schema, ...(description && { description }) }]),
    ),
  }
  const required = [
    ...(body.required ?? []).filter((name) => name !== 'by'),
    ...parameters.filter((parameter) => parameter.required).map(({ name }) => name),
  ]
  return {
    name: operationId,
    description: `${summary}.`,
    method,
    path,
    inputSchema: { type: 'object', properties, required, additionalProperties: false },
    places,
    isSigned: by !== undefined,
  }
}

/**
 * The request of a call.
 * @param given the arguments of the call; the API checks them
 * @param by who makes it, for the record
 * @throws OptimizerError `invalid-request` if a part of the path is missing
 */
export function buildRequest(
  { name, path, places, isSigned, method }: Tool,
  given: Record<string, unknown>,
  by: string,
): { path: string; body?: string } {
  const unknown = method === 'GET' ? 'query' : 'body'
  const inPlace = (place: Place) => Object.entries(given).filter(([name]) => (places[name] ?? unknown) === place)
  const filled = path.replace(/\{(\w+)\}/g, (_, part) => {
    if (given[part] === undefined) throw new OptimizerError('invalid-request', `${name} needs the argument ${part}.`)
    return encodeURIComponent(String(given[part]))
  })
  const query = new URLSearchParams(inPlace('query').map(([name, value]): [string, string] => [name, String(value)]))
  const address = query.size > 0 ? `${filled}?${query}` : filled
  if (method === 'GET') return { path: address }
  return { path: address, body: JSON.stringify({ ...Object.fromEntries(inPlace('body')), ...(isSigned && { by }) }) }
}
