import type { NatsConnection } from '@nats-io/transport-node'
import type { OptimizerClient } from '../client/optimizer.ts'
import { orchestratorProfileRequestSchema } from '../messaging/profiling.ts'
import { publishNotification } from '../messaging/publish.ts'
import { SubjectServer } from '../messaging/subject-server.ts'
import { performanceSubjects, profileRequestSubject } from '../messaging/subjects.ts'
import { askTemporal } from './ask-temporal.ts'
import { toFailureResponse } from './gateway/failure-response.ts'

/**
 * Takes the orchestrator's requests for profiles over NATS (D8); if there are several servers, one takes each. A request is answered with
 * the id of the workflow or an error; a message without a reply subject that cannot be used is reported on `performance.errors`.
 */
export function serveProfileRequests(
  optimizer: OptimizerClient,
  nats: NatsConnection,
  onUnavailable: (error: unknown) => void,
): SubjectServer {
  const answer = async (text: string): Promise<string> => {
    try {
      const { by, reason, ...asked } = orchestratorProfileRequestSchema.parse(JSON.parse(text))
      const request = { subject: { of: 'agent' as const, ...asked }, by, reason, trigger: 'orchestrator' as const }
      const { workflowId } = await askTemporal(optimizer, () => optimizer.profile(request))
      return JSON.stringify({ workflowId })
    } catch (error) {
      const { status, body } = toFailureResponse(error)
      if (status >= 500) onUnavailable(error)
      publishNotification(nats, performanceSubjects.errors, { subject: profileRequestSubject, ...body.error })
      return JSON.stringify(body)
    }
  }
  return new SubjectServer(nats, profileRequestSubject, answer, 'gateway')
}
