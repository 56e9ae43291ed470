import type { NatsConnection } from '@nats-io/transport-node'
import { recordDeployment } from '../client/anomalies.ts'
import type { OptimizerClient } from '../client/optimizer.ts'
import { SubjectServer } from '../messaging/subject-server.ts'
import { deploymentSubject } from '../messaging/subjects.ts'
import { toFailureResponse } from './gateway/failure-response.ts'

/** Takes deployments over NATS, and answers those who ask with the id or an error. */
export function serveDeployments(nats: NatsConnection, optimizer: OptimizerClient): SubjectServer {
  const answer = async (text: string) => {
    try {
      return JSON.stringify({ id: await recordDeployment(optimizer, JSON.parse(text)) })
    } catch (error) {
      return JSON.stringify(toFailureResponse(error).body)
    }
  }
  return new SubjectServer(nats, deploymentSubject, answer, 'gateway')
}
