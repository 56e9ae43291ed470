import { createHash } from 'node:crypto'
import type { AlertSinkConfig } from '../model/alert-sink.ts'
import { createAlertmanagerSink } from './alertmanager.ts'
import type { Sink } from './sink.ts'
import { createSlackSink } from './slack.ts'
import { createWebhookSink } from './webhook.ts'

/** The receivers of alerts of the configuration. */
export const createSinks = (configured: readonly AlertSinkConfig[]): Sink[] => configured.map(createSink)

function createSink(config: AlertSinkConfig): Sink {
  const name = config.name ?? nameOf(config)
  if (config.type === 'webhook') return createWebhookSink(name, config)
  return config.type === 'slack' ? createSlackSink(name, config) : createAlertmanagerSink(name, config)
}

/** The address may contain a secret, which must not appear where the name is shown or recorded. */
const nameOf = ({ type, url }: AlertSinkConfig) => `${type} ${createHash('sha256').update(url).digest('hex').slice(0, 8)}`
