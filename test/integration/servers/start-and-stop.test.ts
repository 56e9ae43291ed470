import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { expect, inject, onTestFinished, test } from 'vitest'
import { resolveBinary } from '../../../src/servers/binaries/index.ts'
import { pingNats } from '../../../src/servers/nats.ts'
import { claimPort, startOnClaimedPorts } from '../../../src/servers/ports.ts'
import { isProcessRunning } from '../../../src/servers/process-identity.ts'
import { startServer } from '../../../src/servers/server-process.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { configFor, query, recordedProcesses, startForTest, startPostgresForTest } from './fixtures.ts'

/** The tests' Temporal server, so that not every one of them starts another. */
const temporalAddress = inject('temporalAddress')

test('everything starts on free ports, answers, and ends when it is stopped', async () => {
  const dataDir = temporaryFolder()
  const servers = await startForTest(configFor(dataDir))
  const processes = recordedProcesses(dataDir)
  expect(Object.keys(processes).sort()).toEqual(['nats', 'postgres', 'temporal'])
  expect(await query(servers.postgresUrl, 'select current_database() as name')).toEqual([{ name: 'optimizer' }])
  await pingNats(servers.natsUrl)
  expect((await fetch(servers.temporal.uiUrl!)).status).toBe(200)

  await servers.stop()
  expect(Object.values(processes).filter(isProcessRunning)).toEqual([])
  expect(recordedProcesses(dataDir)).toEqual({})
})

test('the next start finds all rows and workflows, even on other ports', async () => {
  const dataDir = temporaryFolder()
  const first = await startForTest(configFor(dataDir))
  await query(first.postgresUrl, 'create table kept as select 42 as answer')
  await withTemporal(first.temporal.address, (client) =>
    client.workflow.start('nobodyRunsIt', { workflowId: 'kept', taskQueue: 'none' }),
  )
  await first.stop()

  const second = await startForTest(configFor(dataDir))
  expect(await query(second.postgresUrl, 'select answer from kept')).toEqual([{ answer: 42 }])
  const description = await withTemporal(second.temporal.address, (client) => client.workflow.getHandle('kept').describe())
  expect(description.status.name).toBe('RUNNING')
})

test('PostgreSQL listens on this machine only and refuses a wrong password', async () => {
  const { url } = await startPostgresForTest(temporaryFolder())
  const wrong = new URL(url)
  wrong.password = 'guess'
  await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed')
  expect(await query(url, 'show listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
})

test('servers whose addresses are configured are used and left running', async () => {
  const dataDir = temporaryFolder()
  const external = {
    DATABASE_URL: inject('postgresUrl'),
    NATS_URL: inject('natsUrl'),
    TEMPORAL_ADDRESS: temporalAddress,
  }
  const servers = await startForTest(configFor(dataDir, external))
  expect(servers).toMatchObject({
    postgresUrl: external.DATABASE_URL,
    natsUrl: external.NATS_URL,
    temporal: { address: temporalAddress, uiUrl: null, namespace: 'default' },
  })
  expect(existsSync(join(dataDir, 'run'))).toBe(false)
  await servers.stop()
  await pingNats(external.NATS_URL)
  expect(await query(external.DATABASE_URL, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('the error for an address where nothing answers names its variable, and nothing is left running', async () => {
  const dataDir = temporaryFolder()
  const start = startForTest(configFor(dataDir, { NATS_URL: 'nats://127.0.0.1:1', TEMPORAL_ADDRESS: temporalAddress }))
  await expect(start).rejects.toMatchObject({ code: 'unreachable', message: expect.stringContaining('NATS_URL') })
  expect(recordedProcesses(dataDir)).toEqual({})
})

test('the error for a port in use names the variable for another one, and nothing is left running', async () => {
  const dataDir = temporaryFolder()
  const occupant = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => occupant.once('listening', resolve))
  onTestFinished(() => void occupant.close())
  const port = (occupant.address() as { port: number }).port
  const start = startForTest(configFor(dataDir, { OPTIMIZER_POSTGRES_PORT: String(port), TEMPORAL_ADDRESS: temporalAddress }))
  await expect(start).rejects.toMatchObject({
    code: 'port-taken',
    message: expect.stringMatching(new RegExp(`^Port ${port} .* OPTIMIZER_POSTGRES_PORT`)),
  })
  expect(recordedProcesses(dataDir)).toEqual({})
})

test('a server whose port another program took first is started on another', async () => {
  const dataDir = temporaryFolder()
  const file = await resolveBinary('nats-server')
  const occupant = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => occupant.once('listening', resolve))
  onTestFinished(() => void occupant.close())
  const ports = [(occupant.address() as { port: number }).port, await claimPort(0, 'NATS', '')]
  const tried: number[] = []
  const server = await startOnClaimedPorts(() => {
    const port = ports[tried.length]!
    tried.push(port)
    const args = ['--addr', '127.0.0.1', '--port', String(port)]
    const check = () => pingNats(`nats://127.0.0.1:${port}`)
    return startServer({ name: 'nats', title: 'NATS', dataDir, command: { file, args }, stopSignal: 'SIGTERM', check, log() {} })
  })
  expect(tried).toEqual(ports)
  await server.stop()
})

async function withTemporal<T>(address: string, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address })
  try {
    return await work(new Client({ connection }))
  } finally {
    await connection.close()
  }
}
