import type { Config } from '../config/config.ts'
import { hasConfigFile, loadConfig } from '../config/load-config.ts'
import { describeError } from '../model/errors.ts'
import type { Addresses } from '../servers/addresses.ts'
import { findConfiguredTemporal } from '../temporal/connection.ts'
import { findRunning } from './find-api.ts'

/**
 * The configuration of this folder or the environment; without a file there, that of the optimizer that runs on the data folder. One of the
 * optimizer's that cannot be read prevents no command, least of all one that stops it. One for other servers has none of it.
 * @param warn told why the defaults apply instead
 * @throws OptimizerError `invalid-config` if that of this folder or the environment is invalid
 */
export function findConfig(env: NodeJS.ProcessEnv = process.env, warn: (message: string) => void = console.error): Config {
  const config = loadConfig(env)
  const running = hasConfigFile(env) ? undefined : findRunning(config)
  if (!running?.configFile) return config
  const { configFile, folder } = running
  try {
    if (!usesServersOf(running, config, env)) return config
    return loadConfig({ ...env, OPTIMIZER_CONFIG: configFile, OPTIMIZER_DATA_DIR: config.dataDir }, folder)
  } catch (error) {
    warn(`${describeError(error)} Until then, the defaults apply here.`)
    return config
  }
}

/** Whether the servers that the configuration and the environment name, if they do, are those that the optimizer runs on. */
function usesServersOf(running: Addresses, config: Config, env: NodeJS.ProcessEnv): boolean {
  const { databaseUrl = running.postgres } = config
  const temporal = findConfiguredTemporal(config, env)?.options.address ?? running.temporal
  return databaseUrl === running.postgres && temporal === running.temporal
}
