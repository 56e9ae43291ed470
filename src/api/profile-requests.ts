import type { NatsConnection } from '@nats-io/transport-node'
import type { OptimizerClient } from '../client/optimizer.ts'
import { orchestratorProfileRequestSchema } from '../messaging/profiling.ts'
import { SubjectServer } from '../messaging/subject-server.ts'
import { profileRequestSubject } from '../messaging/subjects.ts'
import { callTemporal } from './call-temporal.ts'
import { createCommandQueue } from './fair-queue.ts'
import { toFailureResponse } from './gateway/failure-response.ts'
import type { InvalidMessageReporter } from './invalid-message-reporter.ts'

/**
 * Takes the orchestrator's requests for profiles over NATS (D8); if there are several servers, one takes each. A request is answered with
 * the id of the workflow or an error.
 */
export function serveProfileRequests(
  optimizer: OptimizerClient,
  nats: NatsConnection,
  invalid: InvalidMessageReporter,
  onUnavailable: (error: unknown) => void,
): SubjectServer {
  const turns = createCommandQueue()
  const answer = async (text: string): Promise<string> => {
    try {
      const { by, reason, ...asked } = orchestratorProfileRequestSchema.parse(JSON.parse(text))
      const request = { subject: { of: 'agent' as const, ...asked }, by, reason, trigger: 'orchestrator' as const }
      const { workflowId } = await turns.runOrRefuse(() => callTemporal(optimizer, () => optimizer.profile(request)))
      return JSON.stringify({ workflowId })
    } catch (error) {
      const failure = toFailureResponse(error)
      if (failure.status >= 500) onUnavailable(error)
      invalid.note(profileRequestSubject, failure)
      return JSON.stringify(failure.body)
    }
  }
  return new SubjectServer(nats, profileRequestSubject, answer, 'gateway')
}
