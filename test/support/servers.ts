import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { resolveBinary } from '../../src/servers/binaries/index.ts'
import { startNats } from '../../src/servers/nats.ts'
import { startPostgres } from '../../src/servers/postgres.ts'

declare module 'vitest' {
  /** What a test asks for with `inject('postgresUrl')` and the like. */
  interface ProvidedContext {
    postgresUrl: string
    natsUrl: string
    temporalCli: string
    timeSkippingServer: string
  }
}

/** Starts one PostgreSQL and one NATS for all integration tests, and finds Temporal's programs. */
export default async function setup(project: TestProject) {
  const [temporalCli, timeSkippingServer] = await Promise.all([
    resolveBinary('temporal', console.error),
    resolveBinary('temporal-test-server', console.error),
    resolveBinary('nats-server', console.error),
  ])
  const dataDir = mkdtempSync(join(tmpdir(), 'optimizer-test-'))
  const [postgres, nats] = await Promise.all([startPostgres(dataDir, 0, console.error), startNats(dataDir, 0, console.error)])
  project.provide('postgresUrl', postgres.url)
  project.provide('natsUrl', nats.url)
  project.provide('temporalCli', temporalCli)
  project.provide('timeSkippingServer', timeSkippingServer)
  return async () => {
    await Promise.all([postgres.stop(), nats.stop()])
    rmSync(dataDir, { recursive: true, force: true })
  }
}
