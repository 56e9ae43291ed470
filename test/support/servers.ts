import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { resolveBinary } from '../../src/servers/binaries/index.ts'
import { startNats } from '../../src/servers/nats.ts'
import { startPostgres } from '../../src/servers/postgres.ts'
import { startTemporal } from '../../src/servers/temporal.ts'
import { openDatabase } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { writeWorkflowBundle } from '../../src/temporal/workflow-bundle.ts'
import type { SharedResources } from './shared.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string
    /** Name of the database on that server that new test stores are copied from: migrated and empty. */
    migratedDatabase: string
    natsUrl: string
    temporalAddress: string
    temporalCli: string
    timeSkippingServer: string
    /** File of the bundled workflows. */
    workflowBundle: string
  }
}

/** Starts them once for all integration tests. */
export default async function setup(project: TestProject) {
  const { resources, stop } = await startSharedResources()
  for (const [name, value] of Object.entries(resources)) project.provide(name as keyof SharedResources, value)
  return stop
}

/** Starts one PostgreSQL, one NATS and one Temporal, and bundles the workflows once. */
export async function startSharedResources(): Promise<{ resources: SharedResources; stop(): Promise<void> }> {
  const [temporalCli, timeSkippingServer] = await Promise.all([
    resolveBinary('temporal', console.error),
    resolveBinary('temporal-test-server', console.error),
    resolveBinary('nats-server', console.error),
  ])
  const dataDir = mkdtempSync(join(tmpdir(), 'optimizer-test-'))
  const workflowBundle = join(dataDir, 'workflows.js')
  const [postgres, nats, temporal] = await Promise.all([
    startPostgres(dataDir, 0, console.error),
    startNats(dataDir, 0, console.error),
    startTemporal(dataDir, { temporal: 0, temporalUi: 0 }, 'default', console.error),
    writeWorkflowBundle(workflowBundle),
  ])
  return {
    resources: {
      postgresUrl: postgres.url,
      migratedDatabase: await createMigratedDatabase(postgres.url),
      natsUrl: nats.url,
      temporalAddress: temporal.address,
      temporalCli,
      timeSkippingServer,
      workflowBundle,
    },
    async stop() {
      await Promise.all([postgres.stop(), nats.stop(), temporal.stop()])
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

async function createMigratedDatabase(server: string): Promise<string> {
  const name = 'migrated'
  const client = new pg.Client(server)
  await client.connect()
  // Nothing here has to outlive a power cut, and a slow disk is not to slow the tests.
  for (const setting of ['fsync', 'full_page_writes']) await client.query(`alter system set ${setting} = off`)
  await client.query('select pg_reload_conf()')
  await client.query(`create database ${name}`)
  await client.end()
  const url = new URL(server)
  url.pathname = `/${name}`
  const db = openDatabase(url.href)
  await migrate(db)
  await db.destroy()
  return name
}
