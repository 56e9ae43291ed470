import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { NatsConnection } from '@nats-io/transport-node'
import { Hono } from 'hono'
import type { OptimizerClient } from '../client/optimizer.ts'
import { OptimizerError } from '../model/errors.ts'
import type { Database } from '../store/database.ts'
import { toFailureResponse } from './gateway/failure-response.ts'
import { AgentGateway } from './gateway/gateway.ts'
import { createAgentRoutes } from './gateway/http.ts'
import { serveNats } from './gateway/nats.ts'
import { createHealthRoute } from './health.ts'
import { buildOpenApiDocument } from './openapi.ts'
import { createReadRoutes } from './read.ts'
import { requireJson } from './require-json.ts'
import { createSteeringRoutes } from './steering-routes.ts'

export interface ApiOptions {
  db: Database
  nats: NatsConnection
  /** Steered by what people and tools post. */
  optimizer: OptimizerClient
  /** 0 takes any free one. */
  port: number
  host: string
  /** Told why a request was answered with 503. */
  onUnavailable: (error: unknown) => void
}

/**
 * Serves the agent protocol over NATS and HTTP, and what people and tools read and steer with.
 * @throws OptimizerError `port-taken`
 */
export async function startApi({
  db,
  nats,
  optimizer,
  port,
  host,
  onUnavailable,
}: ApiOptions): Promise<{ url: string; stop(): Promise<void> }> {
  const gateway = new AgentGateway(db, onUnavailable)
  const app = new Hono()
    .use(requireJson)
    .route('/healthz', createHealthRoute(db, nats))
    .route('/agents', createAgentRoutes(gateway))
    .route('/api', createReadRoutes(db, optimizer))
    .route('/api', createSteeringRoutes(optimizer))
    .get('/openapi.json', (context) => context.json(buildOpenApiDocument()))
    .notFound((context) =>
      context.json({ error: { code: 'unknown-address', message: `There is nothing at ${context.req.path}.` } }, 404),
    )
    .onError((error, context) => {
      const { status, body } = toFailureResponse(error)
      if (status === 503) onUnavailable(error)
      return context.json(body, status)
    })
  const server = createAdaptorServer({ fetch: app.fetch })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(portTaken(port, cause)))
    server.listen(port, host, resolve)
  })
  const overNats = serveNats(gateway, nats)
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    async stop() {
      await overNats.stop()
      await new Promise((resolve) => {
        server.close(resolve)
        if ('closeIdleConnections' in server) server.closeIdleConnections()
      })
    },
  }
}

function portTaken(port: number, cause: Error): OptimizerError {
  const message = `The API cannot listen on port ${port} (${cause.message}); stop what uses it or set OPTIMIZER_API_PORT to another.`
  return new OptimizerError('port-taken', message, { cause })
}
