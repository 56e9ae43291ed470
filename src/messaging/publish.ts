import type { NatsConnection } from '@nats-io/transport-node'

/** Publishes a notification for any subscriber. Never throws: a notification must not fail the work that it reports. */
export function publishNotification(nats: NatsConnection, subject: string, content: unknown): void {
  try {
    nats.publish(subject, JSON.stringify(content))
  } catch {
    // The connection is being closed, or NATS does not carry a message of this size.
  }
}
