/** A program that knows the optimizer only by the AsyncAPI document that it serves. */
import { jetstream } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { z } from 'zod'
import { connectNats } from '../../src/messaging/connection.ts'
import { eventually } from './eventually.ts'

interface AsyncApi {
  channels: Record<string, { address: string | null; messages: Record<string, { payload: { $ref: string } }> }>
  operations: Record<string, { action: 'send' | 'receive' }>
  components: { schemas: Record<string, unknown> }
}

export interface Listener {
  nats: NatsConnection
  /** The messages on a subject so far, oldest first. */
  heard<Message>(subject: string): Message[]
  /** Messages that do not match the published schema, and why. */
  problems: string[]
  stop(): Promise<void>
}

/** Hears everything that the optimizer has published, and checks it against the schemas in `/asyncapi.json`. Needs JetStream. */
export async function startListener(natsUrl: string, apiUrl: string): Promise<Listener> {
  const { channels, operations, components } = (await (await fetch(`${apiUrl}/asyncapi.json`)).json()) as AsyncApi
  const nats = await connectNats(natsUrl, 'a listener')
  const schemas = new Map<string, z.ZodType>()
  for (const [name, { address, messages }] of Object.entries(channels)) {
    // Those with parameters are for one instance alone.
    if (operations[name]?.action === 'send' && address && !address.includes('{'))
      schemas.set(address, toZod(messages[name]!.payload, components.schemas))
  }
  const heard = new Map<string, unknown[]>([...schemas.keys()].map((subject) => [subject, []]))
  const problems: string[] = []
  const take = (subject: string, content: unknown) => {
    heard.get(subject)?.push(content)
    const { error } = schemas.get(subject)?.safeParse(content) ?? {}
    if (error) problems.push(`${subject}: ${z.prettifyError(error)} in ${JSON.stringify(content)}`)
  }
  for (const subject of schemas.keys())
    if (!subject.startsWith('performance.')) nats.subscribe(subject, { callback: (_, message) => take(subject, message.json()) })
  await nats.flush()
  // The streams have them from the beginning.
  for (const stream of ['PERFORMANCE', 'PERFORMANCE_METRICS']) {
    const consumer = await eventually(`the stream ${stream}`, () => jetstream(nats).consumers.get(stream))
    await consumer.consume({ callback: (message) => take(message.subject, message.json()) })
  }
  return {
    nats,
    heard: <Message>(subject: string) => (heard.get(subject) ?? []) as Message[],
    problems,
    stop: () => nats.close(),
  }
}

/** Schemas refer to each other by where they are in the document. */
const toZod = (schema: { $ref: string }, definitions: Record<string, unknown>) =>
  z.fromJSONSchema(JSON.parse(JSON.stringify({ ...schema, definitions }).replaceAll('#/components/schemas/', '#/definitions/')), {
    defaultTarget: 'draft-7',
  })
