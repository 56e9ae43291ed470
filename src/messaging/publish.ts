import { randomUUID } from 'node:crypto'
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node'
import type { ErrorReport } from './performance.ts'
import { performanceSubjects } from './subjects.ts'

/** The header by which receivers, and JetStream, recognize a repetition of a message. */
export function createMessageIdHeaders(messageId: string): MsgHdrs {
  const identified = headers()
  identified.set('Nats-Msg-Id', messageId)
  return identified
}

/**
 * Publishes an error for any subscriber. Never throws: a notification must not fail the work that it reports.
 * @param messageId the same whenever the same error is reported again; by default, it is reported once
 */
export function publishError(nats: NatsConnection, report: ErrorReport, messageId: string = randomUUID()): void {
  try {
    nats.publish(performanceSubjects.errors, JSON.stringify(report), { headers: createMessageIdHeaders(messageId) })
  } catch {
    // The connection is being closed, or NATS does not carry a message of this size.
  }
}
