import { loadClientConnectConfig } from '@temporalio/envconfig'
import type { NativeConnectionOptions } from '@temporalio/worker'
import type { Config } from '../config.ts'
import { OptimizerError } from '../model/errors.ts'

/** What `Connection.connect` and `NativeConnection.connect` take, and the namespace to work in. */
export interface TemporalConnection {
  options: Pick<NativeConnectionOptions, 'address' | 'tls' | 'apiKey' | 'metadata'> & { address: string }
  namespace: string
}

/**
 * The Temporal server that Temporal's own environment (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS…,
 * TEMPORAL_PROFILE) and configuration file name, with TLS and API key as given there; else the one of this project's configuration.
 * @returns null where neither names a server, so that the embedded one is meant
 * @throws OptimizerError `invalid-config`
 */
export function findConfiguredTemporal(
  config: Pick<Config, 'temporalAddress'>,
  env: NodeJS.ProcessEnv = process.env,
): TemporalConnection | null {
  const { connectionOptions, namespace } = fromEnvironment(env)
  const { tls, apiKey, metadata } = connectionOptions
  const address = connectionOptions.address ?? config.temporalAddress
  return address ? { options: { address, tls, apiKey, metadata }, namespace } : null
}

/** The connection to the configured server, or else to the embedded one at `embeddedAddress`, which knows no TLS and no keys.
 * @throws OptimizerError `invalid-config` */
export function resolveTemporalConnection(
  config: Pick<Config, 'temporalAddress'>,
  embeddedAddress: string,
  env: NodeJS.ProcessEnv = process.env,
): TemporalConnection {
  return (
    findConfiguredTemporal(config, env) ?? { options: { address: embeddedAddress }, namespace: fromEnvironment(env).namespace }
  )
}

function fromEnvironment(env: NodeJS.ProcessEnv) {
  try {
    const set = Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1]))
    const { connectionOptions, namespace = 'default' } = loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(set) })
    return { connectionOptions, namespace }
  } catch (cause) {
    throw new OptimizerError(
      'invalid-config',
      `Temporal's environment variables or configuration file cannot be used: ${(cause as Error).message}; correct TEMPORAL_… or the file.`,
      { cause },
    )
  }
}
