/** The doctor's findings about a NATS with restricted users, and about receivers. */

import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DiscardPolicy, jetstreamManager, RetentionPolicy, type StreamConfig } from '@nats-io/jetstream'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { checkDatabase } from '../../../src/client/diagnosis/database.ts'
import { checkNats } from '../../../src/client/diagnosis/nats.ts'
import { checkReceivers } from '../../../src/client/diagnosis/receivers.ts'
import { configSchema } from '../../../src/config/config.ts'
import { connectNats } from '../../../src/messaging/connection.ts'
import { ensureStreams } from '../../../src/messaging/performance-streams.ts'
import { performanceSubjects } from '../../../src/messaging/subjects.ts'
import { claimPort } from '../../../src/servers/ports.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { startConfiguredNats } from '../../support/nats.ts'
import { announcement, createTestStore } from '../../support/store.ts'

const subscribe = [
  'optimizer.agent.>',
  'config.performance_engine_agent.updated',
  'monitoring.realtime_metrics',
  'monitoring.deployment',
  'orchestrator.*',
  '_INBOX.>',
]
const publish = ['agents.>', 'optimizer.report.cycle', 'performance.>', '$SYS.REQ.USER.INFO']
const allow_responses = { max: 1, expires: '2m' }
const ofStream = (name: string) => ['INFO', 'CREATE', 'UPDATE'].map((action) => `$JS.API.STREAM.${action}.${name}`)
const jetStream = ['$JS.API.INFO', ...ofStream('PERFORMANCE')]

const folder = mkdtempSync(join(tmpdir(), 'optimizer-diagnosis-'))
const server = await startConfiguredNats(
  {
    unlimited: { password: 'a' },
    documented: { password: 'b', permissions: { subscribe, publish, allow_responses } },
    streaming: {
      password: 'c',
      permissions: { subscribe, publish: [...publish, ...jetStream, ...ofStream('PERFORMANCE_METRICS')], allow_responses },
    },
    crowding: { password: 'g', permissions: { subscribe, publish: [...publish, ...jetStream], allow_responses } },
    restricted: {
      password: 'd',
      permissions: {
        subscribe: { deny: ['monitoring.*'] },
        publish: ['agents.>', 'performance.metrics', '$SYS.REQ.USER.INFO'],
      },
    },
    silent: { password: 'e', permissions: { subscribe, publish: ['agents.>'] } },
    deaf: { password: 'f', permissions: { subscribe: ['optimizer.agent.>'], publish: ['agents.>'] } },
  },
  { jetstream: { store_dir: folder } },
)
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

const natsOptions = configSchema.parse({}).nats
async function examine(user: string, options = natsOptions) {
  const findings = await checkNats(server.urlOf(user), options)
  return Object.fromEntries(findings.map(({ check, ...finding }) => [check, finding]))
}

test('a user without limits may do everything', async () => {
  expect(await examine('unlimited')).toEqual({
    NATS: { state: 'ok', found: expect.stringMatching(/^version 2\.\d+\.\d+, responds in \d+ ms$/) },
    'NATS clock': { state: 'ok', found: 'agrees with this machine' },
    'NATS permissions': { state: 'ok', found: expect.any(String) },
    JetStream: { state: 'ok', found: expect.stringContaining('PERFORMANCE') },
    'JetStream of readings': { state: 'ok', found: expect.stringContaining('creates the stream PERFORMANCE_METRICS') },
  })
})

test('the streams are checked for their subjects, and for limits by which messages are refused or lost', async () => {
  const folder = temporaryFolder()
  const own = await startConfiguredNats({ admin: { password: 'a' } }, { jetstream: { store_dir: folder } })
  onTestFinished(() => own.stop())
  const nats = await connectNats(own.urlOf('admin'), 'a test')
  onTestFinished(() => nats.close())
  const { streams } = await jetstreamManager(nats)
  const find = async () => {
    const findings = await checkNats(own.urlOf('admin'), natsOptions)
    return Object.fromEntries(findings.map(({ check, ...finding }) => [check, finding]))
  }
  const [messages, readings] = ['JetStream', 'JetStream of readings']

  // As an earlier version left it, or where JetStream has no storage for the second one.
  await streams.add({ name: 'PERFORMANCE', subjects: Object.values(performanceSubjects) })
  expect(await find()).toMatchObject({
    [messages]: { state: 'ok', found: 'the stream PERFORMANCE has 0 messages' },
    [readings]: {
      state: 'warning',
      found: expect.stringContaining('there is no stream PERFORMANCE_METRICS'),
      remedy: expect.stringContaining('storage'),
    },
  })

  await ensureStreams(nats, '', 5_000)
  expect(await find()).toMatchObject({
    [messages]: { state: 'ok', found: 'the stream PERFORMANCE has 0 messages' },
    [readings]: { state: 'ok', found: 'the stream PERFORMANCE_METRICS has 0 messages' },
  })

  const { config } = await streams.info('PERFORMANCE_METRICS')
  const changed = async (settings: Partial<StreamConfig>) => {
    await streams.update(config.name, { ...config, ...settings })
    return (await find())[readings]
  }
  expect(await changed({ subjects: ['own.readings'] })).toMatchObject({
    state: 'warning',
    found: 'the stream PERFORMANCE_METRICS does not cover performance.metrics',
    remedy: expect.stringContaining('the worker'),
  })
  for (const [settings, remedy] of [
    [{ discard: DiscardPolicy.New, max_bytes: 1_000_000 }, '--discard=old'],
    [{ max_msg_size: 100 }, '--max-msg-size=-1'],
  ] as const)
    expect(await changed(settings)).toMatchObject({ state: 'warning', remedy: expect.stringContaining(remedy) })

  for (const [retention, remedy] of [
    [RetentionPolicy.Interest, '--retention=limits'],
    [RetentionPolicy.Workqueue, 'delete it'],
  ] as const) {
    await streams.delete(config.name)
    await streams.add({ ...config, retention })
    expect((await find())[readings]).toMatchObject({ state: 'warning', remedy: expect.stringContaining(remedy) })
  }

  await streams.delete(config.name)
  await streams.update('PERFORMANCE', { ...(await streams.info('PERFORMANCE')).config, subjects: ['performance.*'] })
  expect((await find())[readings]).toMatchObject({ state: 'ok', found: expect.stringContaining('performance.* covers them') })
})

test('the documented permissions are enough, with those of JetStream as well', async () => {
  expect(await examine('streaming')).toMatchObject({
    'NATS permissions': { state: 'ok' },
    JetStream: { state: 'ok' },
    'JetStream of readings': { state: 'ok' },
  })
  expect(await examine('crowding')).toMatchObject({
    JetStream: { state: 'ok' },
    'JetStream of readings': { state: 'warning', found: expect.stringContaining('$JS.API.STREAM.CREATE.PERFORMANCE_METRICS') },
  })
  expect(await examine('documented')).toMatchObject({
    'NATS permissions': { state: 'ok' },
    JetStream: { state: 'warning', found: expect.stringContaining('$JS.API.STREAM.CREATE.PERFORMANCE') },
  })
})

test('every subject that is not permitted is named, and what to do', async () => {
  const { 'NATS permissions': found } = await examine('restricted')
  expect(found).toMatchObject({ state: 'failed', remedy: expect.stringContaining('docs/agent-protocol.md') })
  const [subscribing, publishing] = found!.found.split(', nor publish to ')
  expect(subscribing).toBe('its user may not subscribe to monitoring.realtime_metrics, monitoring.deployment')
  expect(publishing).toContain('performance.alert')
  expect(publishing).toContain('_INBOX.>')
  expect(publishing).not.toContain('performance.metrics')
})

test('with a prefix, the subjects with it count', async () => {
  const { 'NATS permissions': found } = await examine('documented', configSchema.parse({ nats: { subjectPrefix: 'acme' } }).nats)
  expect(found!.found).toContain('acme.optimizer.agent.announce')
})

test('of a user who may not ask for its permissions, subscriptions are tried, and nothing is published', async () => {
  expect((await examine('silent'))['NATS permissions']).toMatchObject({
    state: 'warning',
    remedy: expect.stringContaining('$SYS.REQ.USER.INFO'),
  })
  const { found, state } = (await examine('deaf'))['NATS permissions']!
  expect(state).toBe('failed')
  expect(found).toContain('orchestrator.command')
  expect(found).toContain('_INBOX.>')
  expect(found).not.toContain('optimizer.agent')
})

test('a wrong password and a server that is away are told apart from missing permissions', async () => {
  const [wrong] = await checkNats(server.urlOf('deaf').replace(':f@', ':g@'), natsOptions)
  expect(wrong).toMatchObject({ check: 'NATS', state: 'failed', remedy: expect.stringContaining('credentials') })
  const [away] = await checkNats(`nats://127.0.0.1:${await claimPort(0, 'NATS', '')}`, natsOptions)
  expect(away).toMatchObject({ check: 'NATS', state: 'failed' })
})

test('agents whose processes cannot be told apart are named', async () => {
  const store = await createTestStore()
  onTestFinished(() => store.drop())
  const find = async () => {
    const findings = await checkDatabase(store.url, { listening: '127.0.0.1', secret: undefined })
    return findings.find(({ check }) => check === 'instances')
  }
  await registerInstance(store.db, { ...announcement('support-bot', 'support-bot-1'), transport: 'otlp' })
  expect(await find()).toBeUndefined()
  await registerInstance(store.db, { ...announcement('other-bot', 'default'), transport: 'otlp' })
  expect(await find()).toMatchObject({
    state: 'warning',
    found: expect.stringContaining('other-bot sends no service.instance.id'),
    remedy: expect.stringContaining('OTEL_RESOURCE_ATTRIBUTES=service.instance.id'),
  })
})

test('receivers are reached without being sent anything, and their addresses stay secret', async () => {
  const requests: string[] = []
  const receiver = createServer(({ method, url }, response) => {
    requests.push(`${method} ${url}`)
    response.writeHead(url === '/api/v2/status' ? 200 : 404).end()
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void receiver.close())
  await new Promise((resolve) => receiver.once('listening', resolve))
  const host = `127.0.0.1:${(receiver.address() as AddressInfo).port}`
  const away = `127.0.0.1:${await claimPort(0, 'a receiver', '')}`
  const findings = await checkReceivers(
    configSchema.parse({
      alertSinks: [
        { type: 'alertmanager', url: `http://${host}` },
        { type: 'slack', url: `http://${host}/services/secret` },
        { type: 'webhook', name: 'pager', url: `http://${away}/secret`, secret: 'at-least-16-characters' },
      ],
      prometheus: { url: `http://${host}` },
      reports: [{ type: 'file', every: 'day', folder: 'reports' }],
    }),
  )
  expect(findings.map(({ check, state }) => [check, state])).toEqual([
    ['alerts to alertmanager', 'ok'],
    ['alerts to slack', 'ok'],
    ['alerts to pager', 'failed'],
    ['Prometheus', 'failed'],
  ])
  expect(requests.sort()).toEqual(['GET /api/v1/query?query=1', 'GET /api/v2/status', 'HEAD /services/secret'])
  expect(JSON.stringify(findings)).not.toContain('secret')
})
