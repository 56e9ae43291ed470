import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { OptimizerError } from '../model/errors.ts'
import { startWithDiskCheck } from './full-disk.ts'
import { claimPort, startOnClaimedPorts } from './ports.ts'
import { clearStalePid, type PostgresCluster, prepareCluster } from './postgres-cluster.ts'
import { buildUnprivilegedCommand } from './postgres-user.ts'
import { type RunningServer, startServer, stopLeftoverServer } from './server-process.ts'

export interface PostgresServer extends RunningServer {
  url: string
}

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 200,
  shared_buffers: '128MB',
  max_wal_size: '512MB',
  random_page_cost: 1.1,
  jit: 'off',
  log_checkpoints: 'off',
}

/** Starts the embedded PostgreSQL 18 on `<dataDir>/postgres`, initialising it the first time, with a database `optimizer`.
 * @throws OptimizerError `port-taken`, `broken-data-folder`, `disk-full`, `server-failed` */
export function startPostgres(dataDir: string, port: number, log: (line: string) => void): Promise<PostgresServer> {
  return startWithDiskCheck('PostgreSQL', dataDir, () => start(dataDir, port, log))
}

async function start(dataDir: string, port: number, log: (line: string) => void): Promise<PostgresServer> {
  const leftover = await stopLeftoverServer({ name: 'postgres', dataDir, stopSignal: 'SIGINT' })
  const cluster = await prepareCluster(dataDir)
  if (leftover !== null) clearStalePid(cluster.folder, leftover)
  const { server, base } = await startOnClaimedPorts(async () => {
    const claimed = await claimPort(port, 'PostgreSQL', 'OPTIMIZER_POSTGRES_PORT')
    const base = `postgres://${cluster.user}:${cluster.password}@127.0.0.1:${claimed}`
    return { server: await startOnceFree(dataDir, cluster, claimed, `${base}/postgres`, log), base }
  })
  await createDatabase(`${base}/postgres`, 'optimizer')
  return { url: `${base}/optimizer`, stop: server.stop }
}

/** After a kill, some server processes may hold the shared memory a moment longer; the new server waits for them. */
async function startOnceFree(dataDir: string, cluster: PostgresCluster, port: number, url: string, log: (line: string) => void) {
  const options = Object.entries({ ...settings, port }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const deadline = Date.now() + 15_000
  for (;;) {
    try {
      return await startServer({
        name: 'postgres',
        title: 'PostgreSQL',
        dataDir,
        command: buildUnprivilegedCommand(cluster.postgres, ['-D', cluster.folder, ...options]),
        stopSignal: 'SIGINT',
        check: () => checkPostgres(url),
        log,
      })
    } catch (error) {
      const occupied = error instanceof OptimizerError && error.message.includes('shared memory block')
      if (!occupied || Date.now() > deadline) throw error
      await delay(100)
    }
  }
}

/** Resolves when the server at `url` answers a query. */
export async function checkPostgres(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000, query_timeout: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select 1')
  } finally {
    await client.end()
  }
}

async function createDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`)
  } finally {
    await client.end()
  }
}
