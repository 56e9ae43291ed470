import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { loadConfig } from '../../../src/config/load-config.ts'
import { startServers } from '../../../src/servers/index.ts'
import { startPostgres } from '../../../src/servers/postgres.ts'
import type { ProcessIdentity } from '../../../src/servers/process-identity.ts'

export const anyPorts = {
  OPTIMIZER_TEMPORAL_PORT: '0',
  OPTIMIZER_TEMPORAL_UI_PORT: '0',
  OPTIMIZER_POSTGRES_PORT: '0',
  OPTIMIZER_NATS_PORT: '0',
}

export function configFor(dataDir: string, env: NodeJS.ProcessEnv = {}): Config {
  return loadConfig({ ...anyPorts, OPTIMIZER_DATA_DIR: dataDir, ...env })
}

/** A PostgreSQL alone, stopped at the end of the test if it still runs then. */
export async function startPostgresForTest(dataDir: string, log: (line: string) => void = () => {}) {
  const postgres = await startPostgres(dataDir, 0, log)
  onTestFinished(() => postgres.stop())
  return postgres
}

/** Starts servers that are stopped at the end of the test if they still run then. */
export async function startForTest(config: Config, log: (line: string) => void = () => {}) {
  const servers = await startServers(config, log)
  onTestFinished(() => servers.stop())
  return servers
}

/** The processes that the supervisor of this folder has recorded. */
export function recordedProcesses(dataDir: string): Record<string, ProcessIdentity> {
  const run = join(dataDir, 'run')
  return Object.fromEntries(
    readdirSync(run).map((file) => [file.replace('.json', ''), JSON.parse(readFileSync(join(run, file), 'utf8'))]),
  )
}

export async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}
