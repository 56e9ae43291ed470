import { loadClientConnectConfig } from '@temporalio/envconfig'
import type { NativeConnectionOptions } from '@temporalio/worker'
import type { Config } from '../config/config.ts'
import { OptimizerError } from '../model/errors.ts'

/** Options for `Connection.connect` and `NativeConnection.connect`, and the namespace. */
export interface TemporalConnection {
  options: Pick<NativeConnectionOptions, 'address' | 'tls' | 'apiKey' | 'metadata'> & { address: string }
  namespace: string
}

/**
 * The Temporal server named by Temporal's own environment variables (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY,
 * TEMPORAL_TLS…, TEMPORAL_PROFILE) or configuration file, with their TLS and API key; otherwise the one in this project's configuration.
 * @returns null if neither names a server, so that the embedded one is used
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

/** The connection to the configured server, otherwise to the embedded one at `embeddedAddress`, without TLS or API key.
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
