import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { alertSinksSchema } from '../../../src/model/alert-sink.ts'
import { createAlertmanagerSink } from '../../../src/sinks/alertmanager.ts'
import { createSinks } from '../../../src/sinks/index.ts'
import type { AlertNotice } from '../../../src/sinks/sink.ts'
import { createSlackSink } from '../../../src/sinks/slack.ts'
import { createWebhookSink } from '../../../src/sinks/webhook.ts'

let status = 200
const requests: { path: string; headers: IncomingHttpHeaders; body: string }[] = []
const server = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => {
    requests.push({ path: request.url!, headers: request.headers, body })
    response.writeHead(status).end()
  })
})
let url = ''
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => {
  requests.length = 0
  status = 200
})
afterAll(() => server.close())

const notice: AlertNotice = {
  id: 7,
  state: 'critical',
  cause: 'threshold',
  component: 'cpuPercent of host',
  metric: 'cpuPercent',
  subject: 'host',
  agentId: null,
  host: 'host',
  trialId: null,
  message: 'The CPU usage of host is 95 %, above <limit> & more.',
  raisedAt: new Date('2026-11-29T04:00:00Z'),
  resolvedAt: null,
}
const nothing: ReadonlyMap<number, string> = new Map()
const resolved: AlertNotice = { ...notice, state: 'resolved', resolvedAt: new Date('2026-11-29T04:10:00Z') }

test('the headers of a receiver are sent with every alert, and none can begin another', async () => {
  const headers = { authorization: 'Basic YTpi', 'X-Scope-OrgID': 'acme' }
  const configured = alertSinksSchema.parse([
    { type: 'alertmanager', url, headers },
    { type: 'webhook', url, headers, secret: 'at-least-16-characters' },
  ])
  for (const sink of createSinks(configured)) await sink.send([notice], nothing)
  expect(requests.map(({ headers }) => [headers.authorization, headers['x-scope-orgid']])).toEqual([
    ['Basic YTpi', 'acme'],
    ['Basic YTpi', 'acme'],
  ])
  const broken = { type: 'alertmanager', url, headers: { authorization: 'a\r\nb: c' } }
  expect(alertSinksSchema.safeParse([broken]).success).toBe(false)
})

test('a webhook can be verified with the secret', async () => {
  const secret = 'at-least-16-characters'
  await createWebhookSink('hook', { url, secret }).send([notice], nothing)
  const { headers, body } = requests[0]!
  const expected = createHmac('sha256', secret).update(`${headers['x-optimizer-timestamp']}.${body}`).digest('hex')
  expect(headers['x-optimizer-signature']).toBe(`sha256=${expected}`)
  expect(JSON.parse(body)).toMatchObject({ alerts: [{ id: 7, state: 'critical', subject: 'host' }] })
})

test('Alertmanager routes an alert by its labels, and one whose severity changes ends and begins', async () => {
  const sink = createAlertmanagerSink('alertmanager', { url: `${url}/` })
  const known = (state: string) => new Map([[notice.id, state]])
  await sink.send([notice], nothing)
  await sink.send([{ ...notice, state: 'medium' }], known('critical'))
  await sink.send([resolved], known('medium'))
  await sink.send([resolved], known('resolved'))
  expect(requests.map(({ path }) => path)).toEqual(Array(3).fill('/api/v2/alerts'))
  const sent = requests.map(({ body }) => JSON.parse(body).map(describeSent))
  expect(sent).toEqual([['critical fires'], ['critical ended', 'medium fires'], ['medium ended']])
  const [{ labels }] = JSON.parse(requests[0]!.body)
  expect(labels).toEqual({
    alertname: 'cpuPercent',
    cause: 'threshold',
    component: 'cpuPercent of host',
    severity: 'critical',
    metric: 'cpuPercent',
    subject: 'host',
    host: 'host',
  })
  expect(JSON.parse(requests[2]!.body)[0].endsAt).toBe('2026-11-29T04:10:00.000Z')
})

const describeSent = ({ labels, endsAt }: { labels: { severity: string }; endsAt: string }) =>
  `${labels.severity} ${Date.parse(endsAt) > Date.now() ? 'fires' : 'ended'}`

test('Slack gets one message for alerts of one cause, with its special characters escaped', async () => {
  await createSlackSink('slack', { url }).send([notice, resolved], nothing)
  const { text } = JSON.parse(requests[0]!.body)
  expect(requests).toHaveLength(1)
  expect(text.split('\n')).toHaveLength(2)
  expect(text).toContain('above &lt;limit&gt; &amp; more.')
})

test('receivers are known by their names or addresses, wherever they are listed', () => {
  const slack = { type: 'slack' as const, url: 'https://hooks.slack.com/services/T0/B0/SECRET' }
  const named = { type: 'alertmanager' as const, url: 'http://127.0.0.1:9093', name: 'on call' }
  const namesOf = (...configured: Parameters<typeof createSinks>[0]) => createSinks(configured).map(({ name }) => name)
  expect(namesOf(slack, named)).toEqual([expect.stringMatching(/^slack [0-9a-f]{8}$/), 'on call'])
  expect(namesOf(named, slack).sort()).toEqual(namesOf(slack, named).sort())
  expect(alertSinksSchema.safeParse([slack, slack]).success).toBe(false)
  expect(alertSinksSchema.safeParse([slack, { ...slack, name: 'second' }]).success).toBe(true)
})

test('a receiver that refuses does not have the alert', async () => {
  status = 500
  await expect(createSlackSink('slack', { url }).send([notice], nothing)).rejects.toThrow('500')
})
