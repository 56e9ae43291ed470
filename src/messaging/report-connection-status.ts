import {
  AuthorizationError,
  type NatsConnection,
  PermissionViolationError,
  UserAuthenticationExpiredError,
} from '@nats-io/transport-node'

/** Refusals that arrive together are reported together. */
const gatherMs = 500
/** A refusal that continues is reported once; one that returns after this time is reported again. */
const quietMs = 15 * 60_000

/**
 * Reports that a connection to NATS was lost and why, that it is back, and what NATS does not permit; until the connection is closed. The
 * client repeats that it was lost with every attempt that NATS refuses, and then as often that it is back; each is reported once.
 */
export async function reportConnectionStatus(
  nats: Pick<NatsConnection, 'status'>,
  host: string,
  warn: (message: string) => void,
): Promise<void> {
  const refusals = new Refusals(warn)
  let isLost = false
  let cause: string | undefined
  for await (const status of nats.status()) {
    if (status.type === 'disconnect' && !isLost) {
      isLost = true
      const [why, when] = cause ? [`: ${cause}`, ' once NATS accepts it'] : ['', '']
      warn(`The connection to NATS at ${host} was lost${why}; it will be re-established${when}.`)
    } else if (status.type === 'reconnect' && isLost) {
      isLost = false
      cause = undefined
      warn(`The connection to NATS at ${host} is back.`)
    } else if (status.type === 'error' && status.error instanceof PermissionViolationError) {
      refusals.add(status.error)
    } else if (status.type === 'error' && isLoginRefusal(status.error)) {
      const found = describeLoginRefusal(status.error)
      if (isLost && found !== cause) warn(`NATS at ${host} refuses the connection: ${found}; it will be retried.`)
      cause = found
    }
  }
}

const isLoginRefusal = (error: Error) => error instanceof AuthorizationError || error instanceof UserAuthenticationExpiredError

const describeLoginRefusal = ({ message }: Error) =>
  /authorization violation/i.test(message) ? 'wrong user or password' : message.toLowerCase()

class Refusals {
  readonly #warn: (message: string) => void
  readonly #lastSeen = new Map<string, number>()
  readonly #unreported = { subscription: new Set<string>(), publish: new Set<string>() }
  #gathering = false

  constructor(warn: (message: string) => void) {
    this.#warn = warn
  }

  add({ operation, subject }: PermissionViolationError): void {
    const refused = subject.replace(/^(_INBOX.*?)\.\w{22}(\..*)?$/, '$1.>')
    const key = `${operation} ${refused}`
    const now = Date.now()
    const isNew = now - (this.#lastSeen.get(key) ?? 0) > quietMs
    this.#lastSeen.set(key, now)
    if (!isNew) return
    this.#unreported[operation].add(refused)
    if (!this.#gathering) setTimeout(() => this.#report(), gatherMs).unref()
    this.#gathering = true
  }

  #report(): void {
    const { subscription, publish } = this.#unreported
    const refused = [describe('subscribe to', subscription), describe('publish to', publish)].filter(Boolean).join(' or to ')
    this.#warn(`NATS does not permit this user to ${refused}; once it does, no restart is needed.`)
    for (const subjects of [subscription, publish]) subjects.clear()
    this.#gathering = false
  }
}

function describe(action: string, subjects: Set<string>): string {
  return subjects.size > 0 ? `${action} ${[...subjects].sort().join(', ')}` : ''
}
