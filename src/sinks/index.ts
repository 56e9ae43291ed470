import { createHash } from 'node:crypto'
import type { NatsConnection } from '@nats-io/transport-node'
import { performanceSubjects } from '../messaging/subjects.ts'
import type { AlertSinkConfig } from '../model/alert-sink.ts'
import { createAlertmanagerSink } from './alertmanager.ts'
import type { Sink } from './sink.ts'
import { createSlackSink } from './slack.ts'
import { createWebhookSink } from './webhook.ts'

/** NATS, and the receivers of the configuration. */
export function createSinks(configured: readonly AlertSinkConfig[], nats: NatsConnection): Sink[] {
  return [createNatsSink(nats), ...configured.map(createSink)]
}

function createSink(config: AlertSinkConfig): Sink {
  const name = config.name ?? nameOf(config)
  if (config.type === 'webhook') return createWebhookSink(name, config)
  return config.type === 'slack' ? createSlackSink(name, config) : createAlertmanagerSink(name, config)
}

/** The address may contain a secret, which must not appear where the name is shown or recorded. */
const nameOf = ({ type, url }: AlertSinkConfig) => `${type} ${createHash('sha256').update(url).digest('hex').slice(0, 8)}`

const createNatsSink = (nats: NatsConnection): Sink => ({
  name: 'nats',
  async send(notices) {
    for (const notice of notices) nats.publish(performanceSubjects.alert, JSON.stringify(notice))
    await nats.flush()
  },
})
