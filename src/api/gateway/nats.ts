import type { Msg, NatsConnection } from '@nats-io/transport-node'
import { type RequestName, requestNames } from '../../messaging/requests.ts'
import { gatewaySubjects } from '../../messaging/subjects.ts'
import type { AgentGateway } from './gateway.ts'

/** Serves the agent protocol over NATS; if there are several gateways, one takes each request. */
export function serveNats(gateway: AgentGateway, nats: NatsConnection): { stop(): Promise<void> } {
  const underWay = new Set<Promise<void>>()
  const answer = async (name: RequestName, message: Msg) => {
    const { body } = await gateway.handle(name, message.string())
    if (!nats.isClosed()) message.respond(JSON.stringify(body))
  }
  const take = (name: RequestName, message: Msg) => {
    const answering = answer(name, message).finally(() => underWay.delete(answering))
    underWay.add(answering)
  }
  const subscriptions = requestNames.map((name) =>
    nats.subscribe(gatewaySubjects[name], { queue: 'gateway', callback: (_error, message) => take(name, message) }),
  )
  return {
    /** Takes no further requests and answers those it has taken. */
    async stop() {
      await Promise.allSettled(subscriptions.map((subscription) => subscription.drain()))
      await Promise.all(underWay)
    },
  }
}
