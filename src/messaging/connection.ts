import { connect, type NatsConnection } from '@nats-io/transport-node'
import { OptimizerError } from '../model/errors.ts'

/**
 * Connects to NATS (`nats://[user:password@]host:port`, or `tls://`). A connection lost later is re-established, however long that takes.
 * @throws OptimizerError `nats-unreachable` if the first attempt fails, `invalid-config` if the address is malformed.
 */
export async function connectNats(url: string, name: string): Promise<NatsConnection> {
  const address = URL.parse(url)
  if (!address?.host)
    throw new OptimizerError('invalid-config', `${url} is not a NATS address; use one such as nats://127.0.0.1:4222.`)
  const { protocol, host, username, password } = address
  try {
    return await connect({
      servers: host,
      name,
      user: decodeURIComponent(username) || undefined,
      pass: decodeURIComponent(password) || undefined,
      tls: protocol === 'tls:' ? {} : undefined,
      timeout: 5_000,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 500,
      // A server that vanishes without closing the connection is noticed within 15 seconds.
      pingInterval: 5_000,
      maxPingOut: 2,
    })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new OptimizerError('nats-unreachable', `NATS at ${host} cannot be used (${reason}); start it or correct the address.`, {
      retryable: true,
      cause,
    })
  }
}
