import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { NatsConnection } from '@nats-io/transport-node'
import { requireToken } from '../client/require-token.ts'
import { TokenCache } from '../client/token-cache.ts'
import { OptimizerError } from '../model/errors.ts'
import { toLocalUrl } from '../model/local-url.ts'
import type { ReadContext } from '../reading/context.ts'
import { type AppOptions, createApp } from './app.ts'
import { serveDeployments } from './deployment-messages.ts'
import { serveEngineSettings } from './engine-settings.ts'
import { AgentGateway } from './gateway/gateway.ts'
import { serveNats } from './gateway/nats.ts'
import { serveRealtimeMetrics } from './gateway/realtime-metrics.ts'
import type { TelemetryPresence } from './gateway/telemetry-presence.ts'
import { InvalidMessageReporter } from './invalid-message-reporter.ts'
import { serveOrchestratorCommands } from './orchestrator-commands.ts'
import { serveProfileRequests } from './profile-requests.ts'

/** How long responses in progress may take when the server stops. */
const closeWithinMs = 3_000

export interface ApiOptions extends Pick<AppOptions, 'optimizer' | 'onUnavailable' | 'dashboard'> {
  /** The database for the agents' requests. */
  db: ReadContext['db']
  nats: NatsConnection
  /** 0 selects any free port. */
  port: number
  host: string
}

/**
 * Serves the agent protocol over NATS and HTTP, and the HTTP API for people and tools.
 * @throws OptimizerError `port-taken`; `token-required` if it would serve more than loopback without a token
 */
export async function startApi({
  db,
  nats,
  optimizer,
  port,
  host,
  onUnavailable,
  dashboard,
}: ApiOptions): Promise<{ url: string; presence: TelemetryPresence; stop(): Promise<void> }> {
  const { config } = optimizer
  const { telemetry, restarts } = config
  const context = {
    db,
    telemetry,
    restarts,
    get metrics() {
      return config.metrics
    },
    get engine() {
      return config.performance_engine_agent
    },
  }
  const gateway = new AgentGateway(context, onUnavailable)
  const hosts = {
    listening: host,
    get allowed() {
      return config.apiAllowedHosts
    },
  }
  const tokens = new TokenCache({ db })
  await requireToken(tokens, host)
  const stopping = new AbortController()
  const invalid = new InvalidMessageReporter(nats)
  const app = createApp({
    gateway,
    optimizer,
    pingNats: () => nats.flush(),
    hosts,
    tokens,
    invalidMessages: invalid.counts,
    stopping: stopping.signal,
    onUnavailable,
    dashboard,
  })
  const server = createAdaptorServer({ fetch: app.fetch })
  await new Promise<void>((resolve, reject) => {
    server.on('error', (cause) => reject(portTaken(port, cause)))
    server.listen(port, host, resolve)
  })
  const overNats = serveNats(gateway, nats, invalid)
  const others = [
    serveEngineSettings(nats, optimizer, invalid, onUnavailable),
    serveDeployments(nats, optimizer, invalid, onUnavailable),
    serveRealtimeMetrics(context, nats, invalid, onUnavailable),
    serveProfileRequests(optimizer, nats, invalid, onUnavailable),
    serveOrchestratorCommands(optimizer, nats, invalid, onUnavailable),
  ]
  gateway.presence.start()
  gateway.settings.start()
  return {
    url: toLocalUrl(host, (server.address() as AddressInfo).port),
    presence: gateway.presence,
    async stop() {
      stopping.abort()
      gateway.presence.stop()
      gateway.settings.stop()
      await Promise.all([overNats, ...others].map((server) => server.stop()))
      await new Promise((resolve) => {
        server.close(resolve)
        if ('closeIdleConnections' in server) server.closeIdleConnections()
        // A client that does not read the response would hold its connection open.
        if ('closeAllConnections' in server) setTimeout(() => server.closeAllConnections(), closeWithinMs).unref()
      })
    },
  }
}

function portTaken(port: number, cause: Error): OptimizerError {
  const message = `The API cannot listen on port ${port} (${cause.message}); stop the process that uses it, or set OPTIMIZER_API_PORT to another port.`
  return new OptimizerError('port-taken', message, { cause })
}
