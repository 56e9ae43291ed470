import { once } from 'node:events'
import { connect, createServer, type IncomingHttpHeaders } from 'node:http2'
import type { AddressInfo } from 'node:net'

const permissionDenied = '7'

/**
 * Stands in front of a gRPC server and refuses the calls of a service, as a managed Temporal does with a key that may not use
 * OperatorService.
 * @param service such as `temporal.api.operatorservice.v1.OperatorService`
 */
export async function startRefusingProxy(address: string, service: string): Promise<{ address: string; stop(): void }> {
  const upstream = connect(`http://${address}`)
  const server = createServer()
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    if (headers[':path']?.startsWith(`/${service}/`)) {
      const refusal = { 'grpc-status': permissionDenied, 'grpc-message': 'Request unauthorized.' }
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...refusal }, { endStream: true })
      return
    }
    const call = upstream.request(headers)
    let trailers: IncomingHttpHeaders = {}
    call.on('error', () => stream.destroy())
    call.on('trailers', (received) => {
      trailers = received
    })
    call.on('response', (received) => {
      // An answer of headers alone is a failure without content.
      if (received['grpc-status'] !== undefined) return stream.respond(received, { endStream: true })
      stream.on('wantTrailers', () => stream.sendTrailers(trailers))
      stream.respond(received, { waitForTrailers: true })
      call.pipe(stream)
    })
    stream.pipe(call)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.close()
      upstream.destroy()
    },
  }
}
