import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import type { Servers } from '../../../src/servers/index.ts'
import { isProcessRunning } from '../../../src/servers/process-identity.ts'
import { stopLeftoverServer } from '../../../src/servers/server-process.ts'
import { patienceMs } from '../../support/eventually.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { anyPorts, configFor, query, recordedProcesses, startForTest, startPostgresForTest } from './fixtures.ts'

/** The tests' Temporal server, so that not every one of them starts another. */
const temporalAddress = inject('temporalAddress')

test('servers that a killed supervisor left running are stopped by the next start, and no row is lost', async () => {
  const dataDir = temporaryFolder()
  const { supervisor, servers } = await startSupervisor(dataDir)
  await query(servers.postgresUrl, 'create table kept as select 42 as answer')
  const leftover = recordedProcesses(dataDir)
  await kill(supervisor)
  expect(Object.values(leftover).filter(isProcessRunning)).toHaveLength(3)

  const next = await startForTest(configFor(dataDir))
  expect(Object.values(leftover).filter(isProcessRunning)).toEqual([])
  expect(await query(next.postgresUrl, 'select answer from kept')).toEqual([{ answer: 42 }])
})

test('after a power cut, everything killed at once, the next start finds every row', async () => {
  const dataDir = temporaryFolder()
  const { supervisor, servers } = await startSupervisor(dataDir, { TEMPORAL_ADDRESS: temporalAddress })
  await query(servers.postgresUrl, 'create table kept as select 42 as answer')
  const processes = recordedProcesses(dataDir)
  await kill(supervisor)
  for (const { pid } of Object.values(processes)) process.kill(pid, 'SIGKILL')

  const next = await startPostgresForTest(dataDir)
  expect(await query(next.url, 'select answer from kept')).toEqual([{ answer: 42 }])
})

test('a server that dies is restarted at the same address', async () => {
  const dataDir = temporaryFolder()
  const lines: string[] = []
  const { url } = await startPostgresForTest(dataDir, (line) => lines.push(line))
  const before = recordedProcesses(dataDir).postgres!
  process.kill(before.pid, 'SIGKILL')
  await vi.waitFor(async () => expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]), patienceMs)
  expect(recordedProcesses(dataDir).postgres).not.toEqual(before)
  expect(lines.join()).toContain('PostgreSQL exited unexpectedly (SIGKILL)')
})

test('Ctrl-C in the terminal reaches the supervisor only', async () => {
  const dataDir = temporaryFolder()
  const { supervisor, servers } = await startSupervisor(dataDir, { TEMPORAL_ADDRESS: temporalAddress })
  process.kill(-supervisor.pid!, 'SIGINT')
  await once(supervisor, 'exit')
  expect(await query(servers.postgresUrl, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('a second start on the same data folder names the process that holds it', async () => {
  const dataDir = temporaryFolder()
  const config = configFor(dataDir, { TEMPORAL_ADDRESS: temporalAddress })
  await startForTest(config)
  await expect(startForTest(config)).rejects.toMatchObject({
    code: 'already-running',
    message: expect.stringContaining(`Process ${process.pid} `),
  })
})

test('an interrupted initialization is repeated', async () => {
  const dataDir = temporaryFolder()
  mkdirSync(join(dataDir, 'postgres.unfinished'))
  writeFileSync(join(dataDir, 'postgres.unfinished', 'PG_VERSION'), '18\n')
  const { url } = await startPostgresForTest(dataDir)
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('the error for a PostgreSQL folder with a missing file names its path, and nothing is left running', async () => {
  const dataDir = temporaryFolder()
  await (await startPostgresForTest(dataDir)).stop()
  rmSync(join(dataDir, 'postgres', 'global', 'pg_control'))
  await expect(startForTest(configFor(dataDir, { TEMPORAL_ADDRESS: temporalAddress }))).rejects.toMatchObject({
    code: 'broken-data-folder',
    message: expect.stringContaining(join(dataDir, 'postgres')),
  })
  expect(recordedProcesses(dataDir)).toEqual({})
})

test('the error for an invalid Temporal database names its path', async () => {
  const dataDir = temporaryFolder()
  writeFileSync(join(dataDir, 'temporal.db'), 'this is not a database')
  await expect(startForTest(configFor(dataDir))).rejects.toMatchObject({
    code: 'broken-data-folder',
    message: expect.stringContaining(join(dataDir, 'temporal.db')),
  })
})

/** A supervisor that may be killed, in a process group of its own as under a terminal. Processes that it leaves behind are stopped after the test. */
async function startSupervisor(dataDir: string, env: NodeJS.ProcessEnv = {}) {
  onTestFinished(async () => {
    for (const name of ['temporal', 'nats', 'postgres']) await stopLeftoverServer({ name, dataDir, stopSignal: 'SIGINT' })
  })
  const supervisor = spawn(process.execPath, [join(import.meta.dirname, 'supervisor.ts')], {
    detached: true,
    env: { ...process.env, ...anyPorts, ...env, OPTIMIZER_DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface(supervisor.stdout), 'line')
  return { supervisor, servers: JSON.parse(line) as Servers }
}

async function kill(process: ChildProcess): Promise<void> {
  const ended = once(process, 'exit')
  process.kill('SIGKILL')
  await ended
}
