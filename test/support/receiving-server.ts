/** A server in this process that keeps what is posted to it, as Slack or a webhook would get it. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ReceivingServer {
  url: string
  bodies: string[]
  /** The status of the next answers. */
  status: number
  stop(): void
}

export async function startReceivingServer(): Promise<ReceivingServer> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    receiving.bodies.push(Buffer.concat(chunks).toString('utf8'))
    response.writeHead(receiving.status).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const receiving: ReceivingServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies: [],
    status: 200,
    stop: () => server.close(),
  }
  return receiving
}
