/** Keeps the configuration of a running process in step with its file. */
import { stat } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { describeError, OptimizerError } from '../model/errors.ts'
import { type Config, configSchema } from './config.ts'
import { getConfigFilePath, loadConfig } from './load-config.ts'

/** Keys that are read only when a process starts. */
export const keysNeedingRestart = [
  'dataDir',
  'databaseUrl',
  'natsUrl',
  'nats',
  'temporalAddress',
  'ports',
  'apiHost',
  'taskQueue',
  'worker',
  'schedule.jitterSeconds',
  'telemetry',
  'restarts',
  'trials.concurrent',
  'trials.concurrentLong',
] as const

export interface ConfigChange {
  /** Top-level keys that have a new value. */
  changed: (keyof Config)[]
  /** Keys that keep their value until the process starts again. */
  needRestart: string[]
}

/**
 * Brings a configuration that is in use up to date, in place: a key that has not changed keeps its value's identity.
 * @throws OptimizerError `invalid-config` if what changes does not fit what needs a restart; then nothing has changed
 */
export function updateConfig(config: Config, loaded: Config): ConfigChange {
  const next = structuredClone(loaded)
  const needRestart = keysNeedingRestart.filter((key) => !isDeepStrictEqual(pick(config, key), pick(loaded, key)))
  for (const key of needRestart) put(next, key, pick(config, key))
  const { error } = configSchema.safeParse(next)
  if (error) {
    const [issue] = error.issues
    const message = `${issue?.path.join('.')}: ${issue?.message}, while ${needRestart.join(', ')} is unchanged; restart the worker and the API.`
    throw new OptimizerError('invalid-config', message)
  }
  const keys = Object.keys({ ...config, ...next }) as (keyof Config)[]
  const changed = keys.filter((key) => !isDeepStrictEqual(config[key], next[key]))
  Object.assign(config, Object.fromEntries(changed.map((key) => [key, next[key]])))
  return { changed, needRestart }
}

type Tree = Record<string, unknown>

/** @param key such as `trials.concurrent` */
function pick(config: Config, key: string): unknown {
  const [first, second] = key.split('.') as [string, string?]
  const value = (config as Tree)[first]
  return second === undefined ? value : (value as Tree)[second]
}

function put(config: Config, key: string, value: unknown): void {
  const [first, second] = key.split('.') as [string, string?]
  if (second === undefined) (config as Tree)[first] = value
  else ((config as Tree)[first] as Tree)[second] = value
}

export interface FollowOptions {
  env?: NodeJS.ProcessEnv
  info: (message: string) => void
  warn: (message: string) => void
  /** Called with the top-level keys that have a new value. */
  onChange?: (changed: readonly (keyof Config)[]) => void
  /** How often the file is looked at, milliseconds. */
  everyMs?: number
}

/**
 * Updates a configuration whenever its file changes, completely or not at all, and logs it. Links are followed, as those of a ConfigMap in
 * Kubernetes, which events of the file system would miss.
 * @returns ends that
 */
export function followConfig(
  config: Config,
  { env = process.env, info, warn, onChange, everyMs = 1_000 }: FollowOptions,
): () => void {
  const file = getConfigFilePath(env)
  const stay = 'the previous configuration stays in force'
  const read = () => {
    let change: ConfigChange
    try {
      change = updateConfig(config, loadConfig(env))
    } catch (error) {
      return warn(`The changed configuration is refused, and ${stay}: ${describeError(error)}`)
    }
    const { changed, needRestart } = change
    if (changed.length > 0) info(`The changed configuration is in force: ${changed.join(', ')}.`)
    if (needRestart.length > 0) warn(`Needs a restart: ${needRestart.join(', ')}. Until then, the previous values stay in force.`)
    try {
      onChange?.(changed)
    } catch (error) {
      warn(`Some of the changed configuration takes effect only after a restart: ${describeError(error)}`)
    }
  }
  let seen: string | undefined
  const look = async () => {
    const found = await stat(file).then(
      ({ ino, mtimeMs, size }) => `${ino} ${mtimeMs} ${size}`,
      () => 'missing',
    )
    if (found === seen) return
    // An editor may be replacing it.
    if (found !== 'missing') read()
    else if (seen !== undefined) warn(`The configuration file ${file} is gone; ${stay}.`)
    seen = found
  }
  const timer = setInterval(() => void look(), everyMs).unref()
  return () => clearInterval(timer)
}
