import type { NatsConnection } from '@nats-io/transport-node'
import { recordDeployment } from '../client/anomalies.ts'
import type { OptimizerClient } from '../client/optimizer.ts'
import { SubjectServer } from '../messaging/subject-server.ts'
import { deploymentSubject } from '../messaging/subjects.ts'
import { createCommandQueue } from './fair-queue.ts'
import { toFailureResponse } from './gateway/failure-response.ts'
import type { InvalidMessageReporter } from './invalid-message-reporter.ts'

/** Receives deployments over NATS, and answers requests with the id or an error. */
export function serveDeployments(
  nats: NatsConnection,
  optimizer: OptimizerClient,
  invalid: InvalidMessageReporter,
  onUnavailable: (error: unknown) => void,
): SubjectServer {
  const turns = createCommandQueue()
  const answer = async (text: string) => {
    try {
      return JSON.stringify({ id: await turns.runOrRefuse(() => recordDeployment(optimizer, JSON.parse(text))) })
    } catch (error) {
      const failure = toFailureResponse(error)
      if (failure.status >= 500) onUnavailable(error)
      invalid.note(deploymentSubject, failure)
      return JSON.stringify(failure.body)
    }
  }
  return new SubjectServer(nats, deploymentSubject, answer, 'gateway')
}
