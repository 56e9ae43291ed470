import { z } from 'zod'
import { errorResponseSchema } from '../../messaging/protocol.ts'
import { type Channel, channels } from './channels.ts'

type JsonObject = Record<string, unknown>

/**
 * The AsyncAPI 3.0 document of everything that the optimizer sends and receives over NATS.
 * @param prefix of all subjects, with its dot
 */
export function buildAsyncApiDocument(prefix = ''): JsonObject & { asyncapi: string } {
  const schemas: JsonObject = {}
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Performance optimizer',
      version: '1',
      description:
        'Every subject, from the optimizer\'s point of view: what it sends and what it receives. A request is answered with its response, or `{"error": {"code", "message"}}`. Every message that is published on a subject of `performance` carries an id in the `Nats-Msg-Id` header; two messages with the same id are the same message, delivered twice.',
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(channels.flatMap((channel) => describeChannel(channel, prefix, schemas))),
    operations: Object.fromEntries(channels.map((channel) => [channel.name, describeOperation(channel)])),
    components: { schemas },
  }
}

const replyOf = (name: string) => `${name}Reply`

function describeChannel(channel: Channel, prefix: string, schemas: JsonObject): [string, JsonObject][] {
  const { name, subject, summary, message, answer, action } = channel
  const parameters = [...subject.matchAll(/{(\w+)}/g)].map(([, parameter]) => [parameter!, { description: `The ${parameter}` }])
  // The receiver fills in defaults, so the sender may omit those fields.
  const [sent, answered] = action === 'receive' ? (['input', 'output'] as const) : (['output', 'input'] as const)
  const described: [string, JsonObject] = [
    name,
    {
      address: prefix + subject,
      title: name,
      summary,
      messages: { [name]: { name, payload: toSchema(message, sent, name, schemas) } },
      ...(parameters.length > 0 && { parameters: Object.fromEntries(parameters) }),
    },
  ]
  if (!answer) return [described]
  const reply = replyOf(name)
  const messages = {
    answer: { name: reply, payload: toSchema(answer, answered, reply, schemas) },
    error: { name: `${name}Error`, payload: toSchema(errorResponseSchema, 'output', 'error', schemas) },
  }
  return [described, [reply, { address: null, title: reply, summary: `The response to ${name}`, messages }]]
}

function describeOperation({ name, summary, action, components, answer }: Channel): JsonObject {
  const reply = replyOf(name)
  return {
    action,
    channel: { $ref: `#/channels/${name}` },
    summary,
    tags: components.map((component) => ({ name: component })),
    messages: [{ $ref: `#/channels/${name}/messages/${name}` }],
    ...(answer && {
      reply: {
        channel: { $ref: `#/channels/${reply}` },
        messages: ['answer', 'error'].map((message) => ({ $ref: `#/channels/${reply}/messages/${message}` })),
      },
    }),
  }
}

/** A schema as a reference to the document's components, where its own definitions go as well. */
function toSchema(schema: z.ZodType, io: 'input' | 'output', name: string, schemas: JsonObject): JsonObject {
  const {
    $schema: _,
    definitions = {},
    ...described
  } = z.toJSONSchema(schema, {
    target: 'draft-7',
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' })
    },
  }) as JsonObject & { definitions?: JsonObject }
  const hoist = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(hoist)
    if (part === null || typeof part !== 'object') return part
    return Object.fromEntries(
      Object.entries(part).map(([key, value]) =>
        key === '$ref' && typeof value === 'string'
          ? [key, value === '#' ? refTo(name) : value.replace('#/definitions/', refTo(`${name}_`))]
          : [key, hoist(value)],
      ),
    )
  }
  for (const [key, definition] of Object.entries(definitions)) schemas[`${name}_${key}`] = hoist(definition)
  schemas[name] = hoist(described)
  return { $ref: refTo(name) }
}

const refTo = (name: string) => `#/components/schemas/${name}`
