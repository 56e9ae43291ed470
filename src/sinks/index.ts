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

function createSink(config: AlertSinkConfig, index: number): Sink {
  const name = `${config.type} ${index + 1}`
  if (config.type === 'webhook') return createWebhookSink(name, config)
  return config.type === 'slack' ? createSlackSink(name, config) : createAlertmanagerSink(name, config)
}

const createNatsSink = (nats: NatsConnection): Sink => ({
  name: 'nats',
  async send(notices) {
    for (const notice of notices) nats.publish(performanceSubjects.alert, JSON.stringify(notice))
    await nats.flush()
  },
})
