import { resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { getLastConfigPath } from '../config/last-config.ts'
import { getConfigFilePath, hasConfigFile, loadConfig, loadDefaults } from '../config/load-config.ts'
import { describeError } from '../model/errors.ts'
import type { Addresses } from '../servers/addresses.ts'
import { findConfiguredTemporal } from '../temporal/connection.ts'
import { findRunningAddresses } from './find-api.ts'

/**
 * The configuration of this folder or the environment; without a file there, that of the optimizer that runs on the data folder. If that
 * optimizer's file cannot be read, commands still work, above all those that stop it. A command for other servers uses none of it.
 * @param warn told what applies instead
 * @throws OptimizerError `invalid-config` if the file of this folder or the environment is invalid, and is not that of the running optimizer
 */
export function findConfig(env: NodeJS.ProcessEnv = process.env, warn: (message: string) => void = console.error): Config {
  const defaults = loadDefaults(env)
  const running = findRunningAddresses(defaults)
  if (hasConfigFile(env) && resolve(getConfigFilePath(env)) !== running?.configFile) return loadConfig(env)
  if (!running?.configFile || !usesServersOf(running, defaults, env)) return defaults
  const load = (file: string) =>
    loadConfig({ ...env, OPTIMIZER_CONFIG: file, OPTIMIZER_DATA_DIR: defaults.dataDir }, running.folder)
  try {
    return load(running.configFile)
  } catch (error) {
    try {
      const last = load(getLastConfigPath(defaults.dataDir))
      warn(`${describeError(error)} Until then, the last valid configuration applies here.`)
      return last
    } catch {
      warn(`${describeError(error)} Until then, the defaults apply here.`)
      return defaults
    }
  }
}

/** Whether the servers that the configuration and the environment name, if they do, are those that the optimizer runs on. */
function usesServersOf(running: Addresses, config: Config, env: NodeJS.ProcessEnv): boolean {
  const { databaseUrl = running.postgres } = config
  const temporal = findConfiguredTemporal(config, env)?.options.address ?? running.temporal
  return databaseUrl === running.postgres && temporal === running.temporal
}
