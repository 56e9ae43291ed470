import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  /** The given address, led through the proxy. */
  url: string
  /** From here on the server behind it is away: connections break, new ones are refused. */
  cut(): Promise<void>
  /** It is back, on the same port. */
  restore(): Promise<void>
  /** The fate of the data that clients send: it gets through, is lost unnoticed, or arrives twice. */
  upstream: 'passes' | 'is lost' | 'arrives twice'
}

/** Stands between a client and a server, so that a test can take the server away and give it back. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const copies = { passes: 1, 'is lost': 0, 'arrives twice': 2 }
  const join = (from: Socket, to: Socket, times: () => number) => {
    sockets.add(from)
    from.on('data', (chunk) => {
      for (let left = times(); left > 0; left--) to.write(chunk)
      if (to.writableNeedDrain) from.pause()
    })
    to.on('drain', () => from.resume())
    from.on('error', () => {})
    from.once('close', () => {
      sockets.delete(from)
      to.destroy()
    })
  }
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    join(client, upstream, () => copies[proxy.upstream])
    join(upstream, client, () => 1)
  })
  const listen = async (on: number) => {
    server.listen(on, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen(0)
  const own = (server.address() as AddressInfo).port
  const url = new URL(target)
  url.host = `127.0.0.1:${own}`
  const proxy: TcpProxy = {
    url: url.href,
    upstream: 'passes',
    async cut() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
    restore: () => listen(own),
  }
  return proxy
}
