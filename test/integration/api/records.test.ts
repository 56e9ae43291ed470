import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { registerInstance } from '../../../src/store/agents.ts'
import { appOf } from '../../support/api.ts'
import { patienceMs } from '../../support/eventually.ts'
import { announcement, countExecutions, createTestStore, execution, message, type TestStore } from '../../support/store.ts'
import { withClosedTemporal } from '../../support/temporal.ts'

let store: TestStore
let app: ReturnType<typeof appOf>
beforeAll(async () => {
  store = await createTestStore()
  app = appOf(await withClosedTemporal(store.db))
  await registerInstance(store.db, announcement('hunter', '1'), Date.now())
})
afterAll(() => store?.drop())

const lines = (records: object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join('')
const post = (body: string | Uint8Array | ReadableStream, headers: Record<string, string> = {}, agentId = 'hunter') =>
  app.request(`/agents/${agentId}/instances/1/records`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', ...headers },
    body,
    duplex: 'half',
  } as never)
const toLine = (content: object) => JSON.stringify({ record: 'execution', ...content })
const executions = (count: number) => Array.from({ length: count }, () => ({ record: 'execution', ...execution() }))

test('records of all kinds are stored, and each refused one is named by its line', async () => {
  const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`
  const first = execution()
  const refused: [content: string | Buffer, reason: string][] = [
    ['no json', 'is not JSON'],
    [Buffer.from('{"record":"execution","type":"caf\xe9"}', 'latin1'), 'is not UTF-8'],
    [toLine({ ...execution(), error: 'a\0b' }), 'error: must not contain a NUL'],
    [toLine(execution({ output: { 'a\0b': 1 } })), 'output: must not contain a NUL'],
    [toLine(execution({ durationMs: -1 })), 'durationMs: '],
    [toLine(execution({ at: 0 })), 'at: is more than a week before'],
    [toLine(execution({ at: Date.parse('2099-01-01T00:00:00Z') })), 'at: is later'],
    // JSON.stringify would exhaust the stack.
    [toLine(execution({ output: {} })).replace('"output":{}', `"output":${deep}`), 'output: is nested more than'],
    [JSON.stringify({ record: 'message', ...message({ latencyMs: -1 }) }), 'latencyMs: '],
    [JSON.stringify({ record: 'opinion' }), 'record: must be one of'],
  ]
  const taken = [
    toLine(first),
    // The same again, and with other content: it counts once.
    toLine(first),
    toLine({ ...first, durationMs: 7 }),
    toLine(execution({ at: Date.now() - 3_600_000 })),
    JSON.stringify({ record: 'message', ...message() }),
    JSON.stringify({ record: 'state', at: Date.now(), autonomy: 0.5 }),
  ]
  const before = await countExecutions(store.db, 'hunter')
  const body = ['', ...refused.map(([content]) => content), '', ...taken].flatMap((line) => [
    Buffer.from(line),
    Buffer.from('\n'),
  ])
  const answer = await post(Buffer.concat(body))
  expect(answer.status).toBe(200)
  expect(await answer.json()).toEqual({
    accepted: taken.length,
    refused: refused.length,
    refusals: refused.map(([, reason], index) => ({ line: index + 2, reason: expect.stringContaining(reason) })),
  })
  expect(await countExecutions(store.db, 'hunter')).toBe(before + 2)
})

test('a request that becomes too large once it is inflated is refused, and the records before are stored', async () => {
  const before = await countExecutions(store.db, 'hunter')
  // Members of gzip may follow each other.
  const blank = gzipSync(Buffer.alloc(2 ** 24, ' '))
  const body = Buffer.concat([gzipSync(lines(executions(1_001))), ...Array<Buffer>(16).fill(blank)])
  const answer = await post(body, { 'content-encoding': 'gzip' })
  expect(answer.status).toBe(413)
  expect(await answer.json()).toMatchObject({ error: { code: 'too-large' } })
  expect(await countExecutions(store.db, 'hunter')).toBe(before + 1_000)
})

test('a flood of reports of one agent is refused beyond a number, and others are answered meanwhile', async () => {
  await registerInstance(store.db, announcement('flooder', '1'), Date.now())
  const ask = async (name: string, request: object) =>
    await app.request(`/agents/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ instanceId: '1', sentAt: Date.now(), ...request }),
    })
  const report = (agentId: string) => ask('report', { agentId, batchId: randomUUID(), executions: [execution()] })
  const flood = Array.from({ length: 130 }, () => report('flooder'))
  const others = [report('hunter'), ask('heartbeat', { agentId: 'hunter', version: 1, values: {} })]
  expect((await Promise.all(others)).map(({ status }) => status)).toEqual([200, 200])
  const answers = await Promise.all(flood)
  const refused = answers.filter(({ status }) => status === 503)
  expect(refused.length).toBeGreaterThan(0)
  expect(answers.filter(({ status }) => status === 200).length).toBe(130 - refused.length)
  expect(await refused[0]!.json()).toMatchObject({ error: { code: 'too-many-requests' } })
})

test('a compressed request of several batches counts once, however often it is sent with its key', async () => {
  const body = gzipSync(lines([...executions(2_500), { record: 'selfReport', at: Date.now(), apiCallsUsed: 1 }]))
  const headers = { 'content-encoding': 'gzip', 'idempotency-key': randomUUID() }
  const before = await countExecutions(store.db, 'hunter')
  for (let sent = 0; sent < 2; sent++)
    expect(await (await post(body, headers)).json()).toEqual({ accepted: 2_501, refused: 0, refusals: [] })
  expect(await countExecutions(store.db, 'hunter')).toBe(before + 2_500)
  const reports = await store.db.selectFrom('agentSelfReports').where('apiCallsUsed', '=', 1).selectAll().execute()
  expect(reports).toHaveLength(1)
})

test('of a stream that breaks off, the batches before are stored, and sending it again completes it', async () => {
  const headers = { 'content-encoding': 'gzip', 'idempotency-key': randomUUID() }
  const body = gzipSync(lines(executions(1_500)))
  const before = await countExecutions(store.db, 'hunter')
  const broken = await post(body.subarray(0, body.length - 20), headers)
  expect(broken.status).toBe(400)
  expect(await broken.json()).toMatchObject({ error: { code: 'broken-stream' } })
  expect(await countExecutions(store.db, 'hunter')).toBe(before + 1_000)
  expect((await post(body, headers)).status).toBe(200)
  expect(await countExecutions(store.db, 'hunter')).toBe(before + 1_500)
  expect((await post('garbage', { 'content-encoding': 'gzip' })).status).toBe(400)
})

test('an unknown agent, another content type and another encoding are answered with the remedy', async () => {
  expect((await post(lines(executions(1)), {}, 'nobody')).status).toBe(404)
  expect((await post('{}', { 'content-type': 'text/plain' })).status).toBe(415)
  expect((await post('{}', { 'content-encoding': 'br' })).status).toBe(415)
})

test('of requests that are read at once, one agent has half, and beyond them all one is told when to send it again', async () => {
  for (const agentId of ['slow', 'other']) await registerInstance(store.db, announcement(agentId, '1'), Date.now())
  const ends: (() => void)[] = []
  const hang = (agentId: string) =>
    Array.from({ length: 4 }, () =>
      post(new ReadableStream({ start: (controller) => void ends.push(() => controller.close()) }), {}, agentId),
    )
  const expectRefused = async (agentId: string) => {
    const refused = await post(lines(executions(1)), {}, agentId)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
  }
  const hanging = hang('slow')
  await expectRefused('slow')
  expect((await post(lines(executions(1)), {}, 'other')).status).toBe(200)
  hanging.push(...hang('hunter'))
  await expectRefused('other')
  for (const end of ends) end()
  expect((await Promise.all(hanging)).map(({ status }) => status)).toEqual(Array(8).fill(200))
  expect((await post(lines(executions(1)), {}, 'slow')).status).toBe(200)
})

test('batches of records and reports share what may be stored at once, so that connections are left for heartbeats', async () => {
  await registerInstance(store.db, announcement('waiting', '1'), Date.now())
  const countWaiting = async () => {
    const { rows } = await sql<{ count: number }>`
      select count(*)::int from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
      store.db,
    )
    return rows[0]!.count
  }
  const released = Promise.withResolvers<void>()
  onTestFinished(() => released.resolve())
  const locked = Promise.withResolvers<void>()
  const holding = store.db.transaction().execute(async (trx) => {
    await sql`lock table report_batches in exclusive mode`.execute(trx)
    locked.resolve()
    await released.promise
  })
  await locked.promise
  const streams = ['hunter', 'waiting'].flatMap((agentId) =>
    Array.from({ length: 4 }, () => post(lines(executions(1)), {}, agentId)),
  )
  await vi.waitFor(async () => expect(await countWaiting()).toBe(6), patienceMs)
  const heartbeat = { agentId: 'hunter', instanceId: '1', version: 1, values: {}, sentAt: Date.now() }
  const body = JSON.stringify(heartbeat)
  const headers = { 'content-type': 'application/json' }
  expect((await app.request('/agents/heartbeat', { method: 'POST', headers, body })).status).toBe(200)
  expect(await countWaiting()).toBe(6)
  released.resolve()
  await holding
  expect((await Promise.all(streams)).map(({ status }) => status)).toEqual(Array(8).fill(200))
})
