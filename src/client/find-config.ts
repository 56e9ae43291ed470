import type { Config } from '../config/config.ts'
import { hasConfigFile, loadConfig } from '../config/load-config.ts'
import { describeError } from '../model/errors.ts'
import { findRunning } from './find-api.ts'

/**
 * The configuration of this folder or the environment; without a file there, that of the optimizer that runs on the data folder. One of the
 * optimizer's that cannot be read prevents no command, least of all one that stops it.
 * @param warn told why the defaults apply instead
 * @throws OptimizerError `invalid-config` if that of this folder or the environment is invalid
 */
export function findConfig(env: NodeJS.ProcessEnv = process.env, warn: (message: string) => void = console.error): Config {
  const config = loadConfig(env)
  const { configFile, folder } = (!hasConfigFile(env) && findRunning(config)) || {}
  if (!configFile) return config
  try {
    return loadConfig({ ...env, OPTIMIZER_CONFIG: configFile, OPTIMIZER_DATA_DIR: config.dataDir }, folder)
  } catch (error) {
    warn(`${describeError(error)} Until then, the defaults apply here.`)
    return config
  }
}
