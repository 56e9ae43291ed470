import { type ServerType, serve } from '@hono/node-server'
import type { Hono } from 'hono'

/** Message from a process of the fleet to the one that started it. */
export interface Ready {
  ready: { url: string }
}
/** Where the instances of each kind of agent are. */
export type Peers = Record<string, string[]>

const stopSignals = ['SIGTERM', 'SIGINT', 'disconnect'] as const

/** Serves on loopback, on the port given by the parent (0 for any free one); `ready` sends the parent the URL. */
export async function serveChild(app: Pick<Hono, 'fetch'>): Promise<{ url: string; ready: () => void }> {
  const url = await new Promise<string>((resolve, reject) => {
    const options = { fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env.FLEET_PORT) || 0 }
    const server: ServerType = serve(options, ({ port }) => resolve(`http://127.0.0.1:${port}`))
    server.once('error', reject)
  })
  return { url, ready: () => process.send?.({ ready: { url } } satisfies Ready) }
}

/** Calls `stop` once when the process receives a stop signal or its parent exits, then exits. */
export function onStop(stop: () => Promise<void>): void {
  let stopping = false
  for (const signal of stopSignals)
    process.on(signal, () => {
      if (stopping) return
      stopping = true
      void stop().finally(() => process.exit(0))
    })
}

/** Calls `accept` with the addresses of the other agents, now and whenever they change. */
export function onPeers(accept: (peers: Peers) => void): void {
  process.on('message', (message) => {
    if (message && typeof message === 'object' && 'peers' in message) accept(message.peers as Peers)
  })
}
