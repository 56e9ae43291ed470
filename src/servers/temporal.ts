import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Connection } from '@temporalio/client'
import { OptimizerError } from '../model/errors.ts'
import type { TemporalConnection } from '../temporal/connection.ts'
import { resolveBinary } from './binaries/index.ts'
import { claimPort, startOnClaimedPorts } from './ports.ts'
import { type RunningServer, startServer, stopLeftoverServer } from './server-process.ts'

const sqliteHeader = 'SQLite format 3'

export interface TemporalServer extends RunningServer {
  address: string
  uiUrl: string
}

/** Starts Temporal's development server with its UI and a namespace; all workflows are stored in `<dataDir>/temporal.db`.
 * @throws OptimizerError `port-taken`, `missing-tool`, `broken-data-folder`, `server-failed` */
export async function startTemporal(
  dataDir: string,
  ports: { temporal: number; temporalUi: number },
  namespace: string,
  log: (line: string) => void,
): Promise<TemporalServer> {
  await stopLeftoverServer({ name: 'temporal', dataDir, stopSignal: 'SIGTERM' })
  const file = await resolveBinary('temporal', log)
  const database = join(dataDir, 'temporal.db')
  checkDatabase(database)
  return await startOnClaimedPorts(() => startOnce({ dataDir, file, database, ports, namespace, log }))
}

interface Start {
  dataDir: string
  file: string
  database: string
  ports: { temporal: number; temporalUi: number }
  namespace: string
  log: (line: string) => void
}

async function startOnce({ dataDir, file, database, ports, namespace, log }: Start): Promise<TemporalServer> {
  const [port, uiPort] = await Promise.all([
    claimPort(ports.temporal, 'Temporal', 'OPTIMIZER_TEMPORAL_PORT'),
    claimPort(ports.temporalUi, 'the Temporal UI', 'OPTIMIZER_TEMPORAL_UI_PORT'),
  ])
  const address = `127.0.0.1:${port}`
  const listen = ['--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort), '--namespace', namespace]
  const server = await startServer({
    name: 'temporal',
    title: 'Temporal',
    dataDir,
    command: {
      file,
      args: ['server', 'start-dev', ...listen, '--db-filename', database, '--log-level', 'warn'],
    },
    stopSignal: 'SIGTERM',
    check: () => pingTemporal({ options: { address }, namespace }),
    log,
  })
  return { address, uiUrl: `http://127.0.0.1:${uiPort}`, stop: server.stop }
}

function checkDatabase(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size > 0 && readStart(file, sqliteHeader.length) !== sqliteHeader)
    throw new OptimizerError(
      'broken-data-folder',
      `Temporal's database ${file} is damaged; restore it from a backup, or move it away to start without earlier workflows.`,
    )
}

function readStart(file: string, length: number): string {
  const descriptor = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(length)
    readSync(descriptor, bytes)
    return bytes.toString()
  } finally {
    closeSync(descriptor)
  }
}

/** Resolves when the server answers for the namespace. */
export async function pingTemporal({ options, namespace }: TemporalConnection): Promise<void> {
  const connection = await Connection.connect({ ...options, connectTimeout: 2_000 })
  try {
    await connection.withDeadline(Date.now() + 2_000, () => connection.workflowService.describeNamespace({ namespace }))
  } finally {
    await connection.close()
  }
}
