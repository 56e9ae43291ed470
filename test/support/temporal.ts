import { randomBytes } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import { msToTs } from '@temporalio/common/lib/time.js'
import { OptimizerClient } from '../../src/client/optimizer.ts'
import { configSchema } from '../../src/config/config.ts'
import type { Database } from '../../src/store/database.ts'
import { ensureSearchAttributes } from '../../src/temporal/ensure-search-attributes.ts'
import { shared } from './shared.ts'

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

/** A new namespace on the tests' Temporal server, with this project's search attributes; workflows of others are not in it. */
export async function createNamespace({ searchAttributes = true } = {}): Promise<{ address: string; namespace: string }> {
  const address = shared('temporalAddress')
  const namespace = `test-${randomBytes(6).toString('hex')}`
  const connection = await Connection.connect({ address })
  try {
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') })
    if (searchAttributes) await ensureSearchAttributes(connection, namespace)
  } finally {
    await connection.close()
  }
  return { address, namespace }
}
