import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { OptimizerError } from '../model/errors.ts'
import type { NatsOptions } from '../model/nats-options.ts'
import { parseServerUrl } from '../model/server-url.ts'
import { createAuthenticator, createTlsOptions } from './credentials.ts'
import { reportConnectionStatus } from './report-connection-status.ts'
import { withSubjectPrefix } from './subject-prefix.ts'

/**
 * Connects to NATS (`nats://[user:password@]host:port`, `nats://token@host:port`, or `tls://`). A connection lost later is re-established,
 * however long that takes and even if the server refuses the credentials in the meantime. Subjects get the prefix of the options.
 * @param warn called when the connection is lost, when it is back, and for everything that NATS does not permit
 * @throws OptimizerError `nats-unreachable` if the first attempt fails, `invalid-config` if the address is malformed.
 */
export async function connectNats(
  url: string,
  name: string,
  warn: (message: string) => void = () => {},
  options: NatsOptions = withoutOptions,
): Promise<NatsConnection> {
  const address = parseServerUrl(url)
  if (!address?.host || !['nats', 'tls'].includes(address.scheme))
    throw new OptimizerError('invalid-config', 'The NATS address is malformed; use one such as nats://127.0.0.1:4222.')
  const { scheme, host, user, password } = address
  const authenticator = createAuthenticator(options)
  try {
    const nats = await connect({
      servers: host,
      name,
      inboxPrefix: options.inboxPrefix,
      ...(password ? { user, pass: password } : { token: options.token ?? (user || undefined) }),
      ...(authenticator && { authenticator }),
      tls: createTlsOptions(scheme, options),
      timeout: 5_000,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 500,
      // Otherwise two refusals in a row close the connection for good.
      ignoreAuthErrorAbort: true,
      // A server that vanishes without closing the connection is noticed within 15 seconds.
      pingInterval: 5_000,
      maxPingOut: 2,
    })
    void reportConnectionStatus(nats, host, warn)
    return withSubjectPrefix(nats, options.subjectPrefix)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new OptimizerError('nats-unreachable', `NATS at ${host} cannot be used (${reason}); start it or correct the address.`, {
      retryable: true,
      cause,
    })
  }
}

/** Between two attempts to connect for the first time. */
const retryMs = 1_000

/**
 * As `connectNats`, but if NATS is away or refuses the connection, keeps trying and warns once of each reason.
 * @throws OptimizerError `invalid-config` if the address is malformed or a file with keys cannot be read
 */
export async function waitForNats(
  url: string,
  name: string,
  warn: (message: string) => void,
  options?: NatsOptions,
): Promise<NatsConnection> {
  let told: string | undefined
  for (;;) {
    try {
      const nats = await connectNats(url, name, warn, options)
      if (told !== undefined) warn('NATS is available now.')
      return nats
    } catch (error) {
      if (!(error instanceof OptimizerError) || error.code !== 'nats-unreachable') throw error
      if (error.message !== told) warn(`${error.message} The connection is retried every second.`)
      told = error.message
      await sleep(retryMs)
    }
  }
}

const withoutOptions: NatsOptions = { subjectPrefix: '', inboxPrefix: '_INBOX' }

/**
 * A connection that NATS closes for good is not re-established; its process ends, to be started again.
 * @throws OptimizerError `nats-closed` once the connection is closed
 */
export async function throwWhenClosed(nats: NatsConnection): Promise<never> {
  const cause = await nats.closed()
  throw new OptimizerError('nats-closed', `The connection to NATS was closed permanently (${cause ?? 'no reason given'}).`, {
    cause,
  })
}
