import type { Config } from '../config/config.ts'
import { hasConfigFile, loadConfig } from '../config/load-config.ts'
import { findRunning } from './find-api.ts'

/** The configuration of this folder or the environment; without a file there, that of the optimizer that runs on the data folder. */
export function findConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const config = loadConfig(env)
  const file = hasConfigFile(env) ? undefined : findRunning(config)?.configFile
  return file ? loadConfig({ ...env, OPTIMIZER_CONFIG: file, OPTIMIZER_DATA_DIR: config.dataDir }) : config
}
