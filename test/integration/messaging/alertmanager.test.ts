import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAlertmanagerSink } from '../../../src/sinks/alertmanager.ts'
import type { AlertNotice } from '../../../src/sinks/sink.ts'
import { missingAlertmanager, startAlertmanager } from '../../support/alertmanager.ts'
import { eventually } from '../../support/eventually.ts'
import { type ReceivingServer, startReceivingServer } from '../../support/receiving-server.ts'

/** The payload that Alertmanager posts to a webhook. */
interface Notification {
  receiver: string
  groupLabels: Record<string, string>
  alerts: { status: string; labels: Record<string, string> }[]
}

let receiving: ReceivingServer
let alertmanager: Awaited<ReturnType<typeof startAlertmanager>> | undefined
beforeAll(async () => {
  receiving = await startReceivingServer()
  if (!missingAlertmanager) alertmanager = await startAlertmanager(receiving.url)
})
afterAll(async () => {
  await alertmanager?.stop()
  receiving?.stop()
})

const notice = (id: number, agentId: string, state: AlertNotice['state']): AlertNotice => ({
  id,
  state,
  cause: 'threshold',
  component: `cpuPercent of ${agentId}/1`,
  metric: 'cpuPercent',
  subject: `${agentId}/1`,
  agentId,
  host: null,
  trialId: null,
  message: `The CPU usage of ${agentId}/1 is 95%.`,
  raisedAt: new Date(Date.now() - 1_000),
  resolvedAt: state === 'resolved' ? new Date() : null,
})

test('an Alertmanager receives, groups and resolves alerts, and routes them by their severity', async (context) => {
  if (!alertmanager) return context.skip(missingAlertmanager)
  const sink = createAlertmanagerSink('alertmanager', { url: alertmanager.url })
  /** Waits until a receiver was notified of exactly these alerts, in one notification. */
  const heard = (receiver: string, ...expected: string[]) =>
    eventually(`${receiver} to hear of ${expected}`, async () =>
      receiving.bodies
        .map((body) => JSON.parse(body) as Notification)
        .filter((told) => told.receiver === receiver && told.groupLabels.metric === 'cpuPercent')
        .find(({ alerts }) => {
          const told = alerts.map(({ status, labels }) => `${labels.agent} ${labels.severity} ${status}`)
          return told.toSorted().join() === expected.toSorted().join()
        }),
    )
  await sink.send([notice(1, 'hunter', 'critical'), notice(2, 'analyzer', 'critical'), notice(3, 'trader', 'medium')], new Map())
  await heard('page', 'hunter critical firing', 'analyzer critical firing')
  await heard('mail', 'trader medium firing')

  await sink.send([notice(3, 'trader', 'critical')], new Map([[3, 'medium']]))
  await heard('mail', 'trader medium resolved')
  await heard('page', ...['hunter', 'analyzer', 'trader'].map((agent) => `${agent} critical firing`))

  const everybody = ['hunter', 'analyzer', 'trader'].map((agent, index) => notice(index + 1, agent, 'resolved'))
  await sink.send(everybody, new Map(everybody.map(({ id }) => [id, 'critical'])))
  await heard('page', ...['hunter', 'analyzer', 'trader'].map((agent) => `${agent} critical resolved`))
  const response = await fetch(`${alertmanager.url}/api/v2/alerts`)
  expect(await response.json()).toEqual([])
})
