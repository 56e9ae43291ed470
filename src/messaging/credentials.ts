import { readFileSync } from 'node:fs'
import { type Authenticator, credsAuthenticator, nkeyAuthenticator, type TlsOptions } from '@nats-io/transport-node'
import { OptimizerError } from '../model/errors.ts'
import type { NatsOptions } from '../model/nats-options.ts'

/** How a connection authenticates, according to the options; files are read on every attempt to connect. */
export function createAuthenticator({ credentialsFile, nkeyFile }: NatsOptions): Authenticator | undefined {
  if (credentialsFile !== undefined) return authenticateWith(credentialsFile, credsAuthenticator)
  if (nkeyFile !== undefined) return authenticateWith(nkeyFile, (seed) => nkeyAuthenticator(trimSeed(seed)))
  return undefined
}

/** @throws OptimizerError `invalid-config` if the file cannot be read or used at first; later its last content counts */
function authenticateWith(file: string, create: (content: Uint8Array) => Authenticator): Authenticator {
  let known = authenticate()
  return (nonce) => {
    try {
      known = authenticate()
    } catch {
      // It may be replaced right now.
    }
    return known(nonce)
  }

  function authenticate(): Authenticator {
    try {
      const authenticator = create(readFileSync(file))
      authenticator('a nonce')
      return authenticator
    } catch (cause) {
      throw new OptimizerError(
        'invalid-config',
        `The NATS credentials in ${file} cannot be read; correct the file or its name.`,
        {
          cause,
        },
      )
    }
  }
}

/** The line with the seed, without comments and line breaks. */
function trimSeed(content: Uint8Array): Uint8Array {
  const lines = new TextDecoder().decode(content).split(/\s+/)
  return new TextEncoder().encode(lines.find((line) => /^SU[A-Z2-7]{56}$/.test(line)) ?? '')
}

/** Options of TLS; undefined if a connection is only encrypted where NATS insists on it. */
export function createTlsOptions(scheme: string, { caFile, certFile, keyFile }: NatsOptions): TlsOptions | undefined {
  if (scheme !== 'tls' && caFile === undefined && certFile === undefined) return undefined
  return { ...(caFile && { caFile }), ...(certFile && { certFile, keyFile }) }
}
