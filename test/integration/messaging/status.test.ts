/** Status messages on their way from the database to NATS. */
import { DiscardPolicy, jetstream, jetstreamManager, StorageType } from '@nats-io/jetstream'
import { type NatsConnection, nanos, TimeoutError } from '@nats-io/transport-node'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { connectNats } from '../../../src/messaging/connection.ts'
import { StatusStream } from '../../../src/messaging/status-stream.ts'
import { OutboxPublisher } from '../../../src/publishing/outbox-publisher.ts'
import { insertOutboxMessages, listOutboxMessages, trimOutbox } from '../../../src/store/outbox.ts'
import { patienceMs } from '../../support/eventually.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { type KillableNats, startConfiguredNats, startKillableNats } from '../../support/nats.ts'
import { createTestStore, type TestStore } from '../../support/store.ts'

const status = 'performance.optimization_status'

let store: TestStore
let server: KillableNats
beforeAll(async () => {
  ;[store, server] = await Promise.all([createTestStore(), startKillableNats()])
})
afterAll(async () => {
  await server?.stop()
  await store?.drop()
})

const report = (...trials: string[]) =>
  insertOutboxMessages(
    store.db,
    trials.map((trialId) => ({ subject: status, content: { trialId } })),
  )
const isEmpty = () => vi.waitFor(async () => expect(await listOutboxMessages(store.db, 1)).toEqual([]), patienceMs)

function publish(nats: NatsConnection) {
  const log: string[] = []
  const note = (message: string) => void log.push(message)
  const stream = new StatusStream(nats, { info: note, warn: note, settleMs: 0, retryMs: 0 })
  const publisher = new OutboxPublisher(store.db, stream, note)
  publisher.start()
  onTestFinished(async () => {
    await publisher.stop()
    await nats.close()
  })
  return { log, stream }
}

test('NATS and a publisher that are killed lose no message and change no order, and none counts twice', async () => {
  const nats = await connectNats(server.url, 'a test')
  await report('a', 'b')
  // A publisher that dies before it can say what it has sent.
  const dying = new StatusStream(nats, { info: () => undefined, warn: () => undefined })
  const [first] = await listOutboxMessages(store.db, 1)
  expect(await dying.publish([first!])).toHaveLength(1)

  const { log } = publish(nats)
  await isEmpty()
  await server.kill()
  await report('c', 'd')
  await server.start()
  await report('e')
  await isEmpty()
  expect(log[0]).toBe('Status messages are published through JetStream.')

  const reader = await connectNats(server.url, 'a reader')
  onTestFinished(() => reader.close())
  const consumer = await jetstream(reader).consumers.get('PERFORMANCE', { filter_subjects: status })
  const heard: string[] = []
  const ids = new Set<string>()
  for await (const message of await consumer.fetch({ max_messages: 5, expires: 5_000 })) {
    heard.push(message.json<{ trialId: string }>().trialId)
    ids.add(message.headers!.get('Nats-Msg-Id'))
  }
  expect(heard).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(ids.size).toBe(5)
  const { state } = await (await jetstreamManager(reader)).streams.info('PERFORMANCE')
  expect(state.messages).toBe(5)
})

test('a stream that somebody has changed keeps its subjects, and what it refuses holds up no other, or is told with its reason', async () => {
  const own = await startKillableNats()
  onTestFinished(() => own.stop())
  const admin = await connectNats(own.url, 'an operator')
  onTestFinished(() => admin.close())
  const { streams } = await jetstreamManager(admin)
  const subjects = ['performance.*', 'own.>']
  const limits = { max_msg_size: 400, max_msgs: 4, discard: DiscardPolicy.New }
  await streams.add({ name: 'PERFORMANCE', subjects, ...limits })
  const errors: { code: string; subject: string }[] = []
  const errorIds: (string | undefined)[] = []
  admin.subscribe('performance.errors', {
    callback: (_, message) => {
      errors.push(message.json())
      errorIds.push(message.headers?.get('Nats-Msg-Id'))
    },
  })
  await admin.flush()
  await report('small', 'x'.repeat(500), 'behind')
  const [, large] = await listOutboxMessages(store.db, 3)
  const { log } = publish(await connectNats(own.url, 'a test'))
  await isEmpty()
  expect(errors).toEqual([expect.objectContaining({ code: 'message-too-large', subject: status })])
  expect(errorIds, 'the same if the message is given up again').toEqual([`${large!.messageId} too large`])
  expect((await streams.info('PERFORMANCE')).config.subjects).toEqual(subjects)
  await report('last', 'too many')
  await vi.waitFor(() => expect(log.filter((line) => line.includes('(error 10077)'))).toHaveLength(1), patienceMs)
  await streams.update('PERFORMANCE', { ...(await streams.info('PERFORMANCE')).config, max_msgs: 10 })
  await isEmpty()
})

test('messages wait for JetStream if it does not answer once, and go to listeners only as long as it is refused', async () => {
  const own = await startKillableNats()
  onTestFinished(() => own.stop())
  const admin = await connectNats(own.url, 'an operator')
  onTestFinished(() => admin.close())
  const { streams } = await jetstreamManager(admin)
  const countStored = async () => (await streams.info('PERFORMANCE')).state.messages
  // As an earlier version created it, in which readings could push out everything else.
  await streams.add({ name: 'PERFORMANCE', subjects: ['performance.metrics'], max_bytes: 256 * 1024 * 1024 })
  const countReadings = async () => (await streams.info('PERFORMANCE_METRICS')).state.messages
  const nats = await connectNats(own.url, 'a test')
  const request = nats.request.bind(nats)
  const unanswered = ['$JS.API.STREAM.INFO.PERFORMANCE']
  nats.request = (subject, ...rest) =>
    unanswered[0] === subject && unanswered.pop() ? Promise.reject(new TimeoutError()) : request(subject, ...rest)
  const { log } = publish(nats)
  await report('held back')
  await insertOutboxMessages(store.db, [{ subject: 'performance.metrics', content: {} }])
  await isEmpty()
  expect([await countStored(), await countReadings()]).toEqual([1, 1])
  const readLimit = async () => (await streams.info('PERFORMANCE')).config.max_msgs_per_subject
  expect(await readLimit()).toBe(300_000)
  expect(log).toEqual(['Status messages could not be published: timeout', 'Status messages are published through JetStream.'])

  await streams.delete('PERFORMANCE')
  await streams.add({ name: 'ANOTHER', subjects: ['performance.alert'] })
  await report('to listeners')
  await isEmpty()
  expect(log.at(-1)).toMatch(/^JetStream cannot be used \(subjects overlap/)
  await streams.delete('ANOTHER')
  await report('stored')
  await isEmpty()
  expect(await countStored()).toBe(1)
  expect(await readLimit()).toBe(300_000)
})

test('readings share the stream of the other messages where a stream of their own is not permitted', async () => {
  const folder = temporaryFolder()
  const deny = ['$JS.API.STREAM.CREATE.PERFORMANCE_METRICS']
  const users = { optimizer: { password: 'a', permissions: { publish: { deny } } }, admin: { password: 'b' } }
  const strict = await startConfiguredNats(users, { jetstream: { store_dir: folder } })
  onTestFinished(() => strict.stop())
  const admin = await connectNats(strict.urlOf('admin'), 'an operator')
  onTestFinished(() => admin.close())
  publish(await connectNats(strict.urlOf('optimizer'), 'a test'))
  await report('a status')
  await insertOutboxMessages(store.db, [{ subject: 'performance.metrics', content: {} }])
  await isEmpty()
  const { streams } = await jetstreamManager(admin)
  expect((await streams.info('PERFORMANCE')).state.messages).toBe(2)
})

/** A NATS server with JetStream, and its streams. @param limits of its storage */
async function startStreams(limits: object = {}) {
  const users = { optimizer: { password: 'a' } }
  const own = await startConfiguredNats(users, { jetstream: { store_dir: temporaryFolder(), ...limits } })
  onTestFinished(() => own.stop())
  const url = own.urlOf('optimizer')
  const admin = await connectNats(url, 'an operator')
  onTestFinished(() => admin.close())
  return { url, streams: (await jetstreamManager(admin)).streams }
}

test('readings stay in the stream of the other messages where there is no storage for one of their own', async () => {
  const { url, streams } = await startStreams({ max_file_store: 300 * 1024 * 1024 })
  await streams.add({ name: 'PERFORMANCE', subjects: ['performance.metrics', 'performance.alert'], max_bytes: 256 * 1024 * 1024 })
  const { log } = publish(await connectNats(url, 'a test'))
  await report('a status')
  await insertOutboxMessages(store.db, [{ subject: 'performance.metrics', content: {} }])
  await isEmpty()
  expect((await streams.info('PERFORMANCE')).state.messages).toBe(2)
  expect(log).toEqual(['Status messages are published through JetStream.'])
})

test('readings are added to a stream with the name of theirs', async () => {
  const { url, streams } = await startStreams()
  await streams.add({ name: 'PERFORMANCE_METRICS', subjects: ['other.>'], max_msgs: 10 })
  publish(await connectNats(url, 'a test'))
  await insertOutboxMessages(store.db, [{ subject: 'performance.metrics', content: {} }])
  await report('behind')
  await isEmpty()
  const { config, state } = await streams.info('PERFORMANCE_METRICS')
  expect(config).toMatchObject({ subjects: ['other.>', 'performance.metrics'], max_msgs: 10 })
  expect(state.messages).toBe(1)
})

test('readings are kept as somebody has set it for the other messages', async () => {
  const { url, streams } = await startStreams()
  const set = {
    max_bytes: 64 * 1024 * 1024,
    max_age: nanos(60_000),
    duplicate_window: nanos(60_000),
    storage: StorageType.Memory,
  }
  await streams.add({ name: 'PERFORMANCE', subjects: ['performance.metrics'], ...set })
  publish(await connectNats(url, 'a test'))
  await report('a status')
  await isEmpty()
  expect((await streams.info('PERFORMANCE_METRICS')).config).toMatchObject(set)
})

test('a stream that is lost while NATS runs is told with its reason, once, and created again', async () => {
  const { url, streams } = await startStreams()
  const { log } = publish(await connectNats(url, 'a test'))
  await report('before')
  await isEmpty()
  await streams.delete('PERFORMANCE')
  await report('after')
  await isEmpty()
  expect(
    log.filter((line) => line.startsWith('JetStream is not accepting messages on performance.optimization_status')),
  ).toHaveLength(1)
  expect((await streams.info('PERFORMANCE')).state.messages).toBe(1)
})

test('without JetStream, listeners get the messages with their ids, and it is said once', async () => {
  const plain = await startConfiguredNats({ optimizer: { password: 'a' }, reader: { password: 'b' } })
  onTestFinished(() => plain.stop())
  const reader = await connectNats(plain.urlOf('reader'), 'a reader')
  onTestFinished(() => reader.close())
  const heard: string[] = []
  reader.subscribe(status, {
    callback: (_, message) =>
      void heard.push(`${message.json<{ trialId: string }>().trialId} ${message.headers?.has('Nats-Msg-Id')}`),
  })
  await reader.flush()
  const { log } = publish(await connectNats(plain.urlOf('optimizer'), 'a test'))
  await report('f')
  await isEmpty()
  await report('g')
  await isEmpty()
  await vi.waitFor(() => expect(heard).toEqual(['f true', 'g true']), patienceMs)
  expect(log).toEqual([
    'JetStream cannot be used (it is not enabled), so programs get status messages only while they are subscribed.',
  ])
})

test('a subject that NATS does not permit holds up no other, and is published once it may be', async () => {
  const denied = { password: 'a', permissions: { publish: { deny: [status] } } }
  const users = { optimizer: denied, reader: { password: 'b' } }
  const strict = await startConfiguredNats(users)
  onTestFinished(() => strict.stop())
  publish(await connectNats(strict.urlOf('optimizer'), 'a test'))
  await report('h')
  await insertOutboxMessages(store.db, [{ subject: 'performance.metrics', content: {} }])
  await vi.waitFor(
    async () => expect((await listOutboxMessages(store.db, 9)).map(({ subject }) => subject)).toEqual([status]),
    patienceMs,
  )
  await store.db.deleteFrom('outbox').execute()
})

test('what waits for NATS is bounded, the oldest first', async () => {
  await report('1', '2', '3')
  await insertOutboxMessages(store.db, [{ subject: 'performance.metrics', content: {} }])
  expect(await trimOutbox(store.db, [status, 'performance.metrics'], 2)).toEqual({ [status]: 1 })
  const left = (await listOutboxMessages(store.db, 9)).map(({ content }) => content)
  expect(left).toEqual(['{"trialId":"2"}', '{"trialId":"3"}', '{}'])
})
