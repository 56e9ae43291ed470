import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, Connection } from '@temporalio/client'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { inject } from 'vitest'
import { OptimizerClient } from '../../src/client/optimizer.ts'
import { configSchema } from '../../src/config.ts'
import { startTemporal } from '../../src/servers/temporal.ts'
import type { Database } from '../../src/store/database.ts'

/** An optimizer whose Temporal is away. */
export function withoutTemporal(db: Database): OptimizerClient {
  return new OptimizerClient(new Client({ connection: Connection.lazy({ address: '127.0.0.1:9' }) }), db, configSchema.parse({}))
}

/** An optimizer whose connection to Temporal is closed: it is refused at once, where one that is away is waited for. */
export async function withClosedTemporal(db: Database): Promise<OptimizerClient> {
  const optimizer = withoutTemporal(db)
  await optimizer.temporal.connection.close()
  return optimizer
}

/** A real Temporal server of its own, empty; its state is gone after `stop`. */
export async function startDevServer(): Promise<{ address: string; namespace: string; stop(): Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'optimizer-temporal-'))
  const namespace = 'default'
  const { address, stop } = await startTemporal(dataDir, { temporal: 0, temporalUi: 0 }, namespace, console.error)
  return {
    address,
    namespace,
    async stop() {
      await stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** A Temporal server whose clock skips over waiting; end it with `teardown()`.
 * It knows no search attributes until they are added with `connection.operatorService.addSearchAttributes`. */
export async function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  return TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: inject('timeSkippingServer') } },
  })
}
