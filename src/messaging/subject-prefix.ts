import type { NatsConnection } from '@nats-io/transport-node'

/** The methods whose first argument is a subject. */
const addressed = ['publish', 'subscribe', 'request', 'requestMany'] as const satisfies (keyof NatsConnection)[]

/** Subjects of NATS itself, and those that answers arrive on. */
const isForeign = (subject: string) => subject.startsWith('$') || subject.startsWith('_INBOX')

/** The same connection with a prefix before every subject that is used through it. @param prefix ends with a dot, or is empty */
export function withSubjectPrefix(nats: NatsConnection, prefix: string): NatsConnection {
  if (prefix === '') return nats
  const methods = new Map<PropertyKey, unknown>(
    addressed.map((name) => {
      const method = nats[name].bind(nats) as (subject: string, ...rest: unknown[]) => unknown
      return [name, (subject: string, ...rest: unknown[]) => method(isForeign(subject) ? subject : prefix + subject, ...rest)]
    }),
  )
  return new Proxy(nats, {
    get(target, name) {
      const value: unknown = methods.get(name) ?? Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
