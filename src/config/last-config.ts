/** The last valid configuration file, for a process that is restarted while the file is broken or gone. */
import { chmodSync, copyFileSync, renameSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describeError } from '../model/errors.ts'
import type { Config } from './config.ts'
import { getConfigFilePath, hasConfigFile, loadConfig } from './load-config.ts'

/** The copy that `npm start` keeps in its data folder. */
export const getLastConfigPath = (dataDir: string) => join(dataDir, 'last-config.json')

/**
 * Keeps a copy of the configuration file in the data folder, readable by its owner only, if it is valid.
 * @returns the environment with which a process finds both
 */
export function saveLastConfig(dataDir: string, env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  if (!hasConfigFile(env)) return {}
  const file = resolve(getConfigFilePath(env))
  const copy = getLastConfigPath(dataDir)
  copyFileSync(file, `${copy}.new`)
  chmodSync(`${copy}.new`, 0o600)
  // It may have changed since it was read.
  loadConfig({ ...env, OPTIMIZER_CONFIG: `${copy}.new` })
  renameSync(`${copy}.new`, copy)
  return { OPTIMIZER_CONFIG: file, OPTIMIZER_LAST_CONFIG: copy }
}

/**
 * Reads the configuration; where that is impossible, the copy that a supervisor kept.
 * @throws OptimizerError `invalid-config` if there is none either
 */
export function loadLastConfig(warn: (message: string) => void, env: NodeJS.ProcessEnv = process.env): Config {
  try {
    return loadConfig(env)
  } catch (error) {
    if (!env.OPTIMIZER_LAST_CONFIG) throw error
    const config = loadConfig({ ...env, OPTIMIZER_CONFIG: env.OPTIMIZER_LAST_CONFIG })
    warn(`${describeError(error)} Until then, the last valid configuration is in force.`)
    return config
  }
}
