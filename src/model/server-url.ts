import { z } from 'zod'

export interface ServerUrl {
  /** Such as `postgres`. */
  scheme: string
  user: string
  password: string
  /** With its port, if there is one. */
  host: string
  /** Path and query. */
  rest: string
}

const location = String.raw`(?<host>(?:\[[\da-f:.]+\]|[^\s/?#@:[\]]*)(?::\d+)?)`
const standard = new RegExp(
  String.raw`^(?<scheme>\w+)://(?:(?<user>[^/?#@:]*)(?::(?<password>[^/?#@]*))?@)?${location}(?<rest>(?:/[^?#@]*)?(?:\?[^#]*)?)$`,
  'is',
)
/** Everything up to the last `@` is user and password. */
const verbatim = new RegExp(
  String.raw`^(?<scheme>\w+)://(?<user>[^/?#:]*)(?::(?<password>.*))?@${location}(?<rest>(?:/[^?#@]*)?(?:\?[^#@]*)?)$`,
  'is',
)

/**
 * Parses the address of a server such as `postgres://user:password@host:port/database`. A password that contains `/`, `?`, `#` or `@`
 * as it is, which a URL does not allow, is taken literally; any other is percent-decoded where it can be.
 * @returns undefined if the text is no such address
 */
export function parseServerUrl(text: string): ServerUrl | undefined {
  const parts = standard.exec(text)?.groups
  // Without a user in front of the host, an @ belongs to a password.
  if (parts && (parts.user !== undefined || !text.includes('@'))) {
    const { scheme = '', user = '', password = '', host = '', rest = '' } = parts
    return { scheme, user: decode(user), password: decode(password), host, rest }
  }
  const { scheme, user = '', password = '', host = '', rest = '' } = verbatim.exec(text)?.groups ?? {}
  return scheme === undefined ? undefined : { scheme, user: decode(user), password, host, rest }
}

/** The address as a URL that any program can parse. */
export function formatServerUrl({ scheme, user, password, host, rest }: ServerUrl): string {
  const credentials = `${encodeURIComponent(user)}${password && `:${encodeURIComponent(password)}`}`
  return `${scheme}://${credentials && `${credentials}@`}${host}${rest.replaceAll(' ', '%20').replace(/%(?![\da-f]{2})/gi, '%25')}`
}

/** An address, made a URL that every program understands. The message does not repeat it, because it may contain a password. */
export const serverUrlSchema = (schemes: string[], example: string) =>
  z.string().transform((text, context) => {
    const address = parseServerUrl(text)
    if (address && schemes.includes(address.scheme)) return formatServerUrl(address)
    context.addIssue(`is not an address such as ${example}`)
    return z.NEVER
  })
export const postgresUrlSchema = serverUrlSchema(['postgres', 'postgresql'], 'postgres://user:password@host:5432/database')

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
