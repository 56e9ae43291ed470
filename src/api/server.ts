import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { NatsConnection } from '@nats-io/transport-node'
import { OptimizerError } from '../model/errors.ts'
import type { ReadingContext } from '../reading/context.ts'
import { type AppOptions, createApp } from './app.ts'
import { serveDeployments } from './deployment-messages.ts'
import { serveEngineSettings } from './engine-settings.ts'
import { AgentGateway } from './gateway/gateway.ts'
import { serveNats } from './gateway/nats.ts'
import { serveRealtimeMetrics } from './gateway/realtime-metrics.ts'
import { serveProfileRequests } from './profile-requests.ts'

export interface ApiOptions extends Pick<AppOptions, 'optimizer' | 'onUnavailable'> {
  /** The database for the agents' requests. */
  db: ReadingContext['db']
  nats: NatsConnection
  /** 0 selects any free port. */
  port: number
  host: string
  /** Further names that the server may be called by. */
  allowedHosts?: readonly string[]
}

/**
 * Serves the agent protocol over NATS and HTTP, and the HTTP API for people and tools.
 * @throws OptimizerError `port-taken`
 */
export async function startApi({
  db,
  nats,
  optimizer,
  port,
  host,
  allowedHosts = [],
  onUnavailable,
}: ApiOptions): Promise<{ url: string; stop(): Promise<void> }> {
  const { metrics, performance_engine_agent, telemetry } = optimizer.config
  const gateway = new AgentGateway({ db, metrics, engine: performance_engine_agent, telemetry }, onUnavailable)
  const hosts = { listening: host, allowed: allowedHosts }
  const app = createApp({ gateway, optimizer, pingNats: () => nats.flush(), hosts, onUnavailable })
  const server = createAdaptorServer({ fetch: app.fetch })
  await new Promise<void>((resolve, reject) => {
    server.on('error', (cause) => reject(portTaken(port, cause)))
    server.listen(port, host, resolve)
  })
  const overNats = serveNats(gateway, nats)
  const others = [
    serveEngineSettings(nats, optimizer),
    serveDeployments(nats, optimizer),
    serveRealtimeMetrics(db, nats, performance_engine_agent),
    serveProfileRequests(optimizer, nats, onUnavailable),
  ]
  gateway.presence.start()
  gateway.settingsFiles.start()
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    async stop() {
      gateway.presence.stop()
      gateway.settingsFiles.stop()
      await Promise.all([overNats, ...others].map((server) => server.stop()))
      await new Promise((resolve) => {
        server.close(resolve)
        if ('closeIdleConnections' in server) server.closeIdleConnections()
      })
    },
  }
}

function portTaken(port: number, cause: Error): OptimizerError {
  const message = `The API cannot listen on port ${port} (${cause.message}); stop the process that uses it, or set OPTIMIZER_API_PORT to another port.`
  return new OptimizerError('port-taken', message, { cause })
}
