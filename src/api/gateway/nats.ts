import type { NatsConnection } from '@nats-io/transport-node'
import { requestNames } from '../../messaging/requests.ts'
import { SubjectServer } from '../../messaging/subject-server.ts'
import { gatewaySubjects } from '../../messaging/subjects.ts'
import type { InvalidMessageReporter } from '../invalid-message-reporter.ts'
import type { AgentGateway } from './gateway.ts'

/** Serves the agent protocol over NATS; if there are several gateways, one takes each request. */
export function serveNats(
  gateway: AgentGateway,
  nats: NatsConnection,
  invalid: InvalidMessageReporter,
): { stop(): Promise<void> } {
  const servers = requestNames.map((name) => {
    const answer = async (text: string) => {
      const answered = await gateway.handle(name, text)
      // An agent that gets an error about missing fields, or a request to try again, acts on it.
      if (answered.status === 400 || answered.status === 413) invalid.note(gatewaySubjects[name], answered)
      return JSON.stringify(answered.body)
    }
    return new SubjectServer(nats, gatewaySubjects[name], answer, 'gateway')
  })
  return {
    /** Takes no further requests and answers those it has taken. */
    async stop() {
      await Promise.all(servers.map((server) => server.stop()))
    },
  }
}
