import type { NatsConnection } from '@nats-io/transport-node'
import type { OptimizerClient } from '../client/optimizer.ts'
import { orchestratorCommandSchema } from '../messaging/orchestrator-protocol.ts'
import { SubjectServer } from '../messaging/subject-server.ts'
import { commandSubject } from '../messaging/subjects.ts'
import { callTemporal } from './call-temporal.ts'
import { createCommandQueue } from './fair-queue.ts'
import { toFailureResponse } from './gateway/failure-response.ts'
import type { InvalidMessageReporter } from './invalid-message-reporter.ts'

/** Receives the orchestrator's commands over NATS (B12), and answers with the resulting policy or with the reason why nothing was changed. */
export function serveOrchestratorCommands(
  optimizer: OptimizerClient,
  nats: NatsConnection,
  invalid: InvalidMessageReporter,
  onUnavailable: (error: unknown) => void,
): SubjectServer {
  const turns = createCommandQueue()
  const answer = async (text: string): Promise<string> => {
    try {
      const { command, by, reason } = orchestratorCommandSchema.parse(JSON.parse(text))
      const give = () => callTemporal(optimizer, () => optimizer.command(command, by, reason))
      return JSON.stringify(await turns.runOrRefuse(give))
    } catch (error) {
      const failure = toFailureResponse(error)
      if (failure.status >= 500) onUnavailable(error)
      invalid.note(commandSubject, failure)
      return JSON.stringify(failure.body)
    }
  }
  return new SubjectServer(nats, commandSubject, answer, 'gateway')
}
