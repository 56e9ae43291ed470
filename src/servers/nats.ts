import { join } from 'node:path'
import { connectNats } from '../messaging/connection.ts'
import type { NatsOptions } from '../model/nats-options.ts'
import { resolveBinary } from './binaries/index.ts'
import { claimPort, startOnClaimedPorts } from './ports.ts'
import { type RunningServer, startServer, stopLeftoverServer } from './server-process.ts'

export interface NatsServer extends RunningServer {
  url: string
}

/** Starts NATS with JetStream, whose files are in the data folder: programs read status messages there that they missed.
 * @throws OptimizerError `port-taken`, `missing-tool`, `server-failed` */
export async function startNats(dataDir: string, port: number, log: (line: string) => void): Promise<NatsServer> {
  await stopLeftoverServer({ name: 'nats', dataDir, stopSignal: 'SIGTERM' })
  const file = await resolveBinary('nats-server', log)
  return await startOnClaimedPorts(() => startOnce(dataDir, file, port, log))
}

async function startOnce(dataDir: string, file: string, port: number, log: (line: string) => void): Promise<NatsServer> {
  const claimed = await claimPort(port, 'NATS', 'OPTIMIZER_NATS_PORT')
  const url = `nats://127.0.0.1:${claimed}`
  const server = await startServer({
    name: 'nats',
    title: 'NATS',
    dataDir,
    command: {
      file,
      args: ['--addr', '127.0.0.1', '--port', String(claimed), '--jetstream', '--store_dir', join(dataDir, 'nats')],
    },
    stopSignal: 'SIGTERM',
    check: () => pingNats(url),
    log,
  })
  return { url, stop: server.stop }
}

/** Resolves when the server at `url` answers a round trip. */
export async function pingNats(url: string, options?: NatsOptions): Promise<void> {
  const connection = await connectNats(url, 'health check', undefined, options)
  try {
    await connection.flush()
  } finally {
    await connection.close()
  }
}
