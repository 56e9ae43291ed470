import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { OptimizerError } from '../model/errors.ts'
import { formatServerUrl } from '../model/server-url.ts'
import { type Config, configSchema, portSchema } from './config.ts'

/** The keys that environment variables override. */
export const environmentVariables = {
  OPTIMIZER_DATA_DIR: ['dataDir'],
  OPTIMIZER_LIMITS_FILE: ['limitsFile'],
  DATABASE_URL: ['databaseUrl'],
  NATS_URL: ['natsUrl'],
  NATS_SUBJECT_PREFIX: ['nats', 'subjectPrefix'],
  NATS_INBOX_PREFIX: ['nats', 'inboxPrefix'],
  NATS_TOKEN: ['nats', 'token'],
  NATS_CREDENTIALS_FILE: ['nats', 'credentialsFile'],
  NATS_NKEY_FILE: ['nats', 'nkeyFile'],
  NATS_CA_FILE: ['nats', 'caFile'],
  NATS_CERT_FILE: ['nats', 'certFile'],
  NATS_KEY_FILE: ['nats', 'keyFile'],
  TEMPORAL_ADDRESS: ['temporalAddress'],
  OPTIMIZER_TEMPORAL_UI_URL: ['temporalUiUrl'],
  OPTIMIZER_TEMPORAL_PORT: ['ports', 'temporal'],
  OPTIMIZER_TEMPORAL_UI_PORT: ['ports', 'temporalUi'],
  OPTIMIZER_POSTGRES_PORT: ['ports', 'postgres'],
  OPTIMIZER_NATS_PORT: ['ports', 'nats'],
  OPTIMIZER_API_PORT: ['ports', 'api'],
  OPTIMIZER_API_HOST: ['apiHost'],
  OPTIMIZER_API_ALLOWED_HOSTS: ['apiAllowedHosts'],
  OPTIMIZER_LOG_LEVEL: ['logLevel'],
  OPTIMIZER_WORKFLOW_BUNDLE: ['worker', 'workflowBundle'],
  OPTIMIZER_METRICS_ADDRESS: ['worker', 'metricsAddress'],
  OPTIMIZER_DEPLOYMENT_NAME: ['worker', 'deploymentName'],
  OPTIMIZER_BUILD_ID: ['worker', 'buildId'],
} as const

/** In every pod beside a Service `optimizer-api`, Kubernetes sets OPTIMIZER_API_PORT to such a value; the same for every other Service. */
const kubernetesLink = /^(tcp|udp|sctp):\/\//

/** The configuration file, which may not exist. */
export const getConfigFilePath = (env: NodeJS.ProcessEnv) => env.OPTIMIZER_CONFIG || 'optimizer.config.json'

/** Whether a configuration file is named, or lies in this folder. */
export const hasConfigFile = (env: NodeJS.ProcessEnv) => Boolean(env.OPTIMIZER_CONFIG) || existsSync(getConfigFilePath(env))

/**
 * Reads `optimizer.config.json` (or the file OPTIMIZER_CONFIG names), then the environment, which wins. Without a database in either,
 * PostgreSQL's own variables name one.
 * @param folder what the names of files in that file are relative to
 * @throws OptimizerError `invalid-config` naming the first invalid field.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env, folder = process.cwd()): Config {
  return completeConfig(hasConfigFile(env) ? readJson(getConfigFilePath(env)) : {}, env, folder)
}

/**
 * The defaults and the environment, without a configuration file.
 * @throws OptimizerError `invalid-config` naming the first invalid variable.
 */
export const loadDefaults = (env: NodeJS.ProcessEnv = process.env): Config => completeConfig({}, env, process.cwd())

function completeConfig(input: Record<string, unknown>, env: NodeJS.ProcessEnv, folder: string): Config {
  const file = getConfigFilePath(env)
  for (const group of [input, input.nats, input.prometheus]) resolveFiles(group, folder)
  for (const [name, path] of Object.entries(environmentVariables)) {
    const value = env[name]
    const [first, second] = path
    if (!value || (first === 'ports' && kubernetesLink.test(value))) continue
    if (second) input[first] = { ...(input[first] as object), [second]: first === 'ports' ? parsePort(name, value) : value }
    else input[first] = first === 'apiAllowedHosts' ? splitList(value) : value
  }
  input.databaseUrl ??= composeDatabaseUrl(env)
  const parsed = configSchema.safeParse(input)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new OptimizerError(
      'invalid-config',
      `Invalid configuration: ${issue?.path.join('.') || file}: ${issue?.message}; correct it in ${file} or the environment.`,
    )
  }
  const { dataDir, limitsFile } = parsed.data
  return { ...parsed.data, dataDir: resolve(dataDir), limitsFile: limitsFile && resolve(limitsFile) }
}

/** Makes the names of files in a group of settings absolute. */
function resolveFiles(group: unknown, folder: string): void {
  if (typeof group !== 'object' || group === null) return
  for (const [key, value] of Object.entries(group))
    if (key.endsWith('File') && value && typeof value === 'string') Object.assign(group, { [key]: resolve(folder, value) })
}

const splitList = (value: string) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)

/** The database that PGHOST and PGDATABASE name; undefined unless both are set, since either may be set for other programs. */
function composeDatabaseUrl({ PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD }: NodeJS.ProcessEnv): string | undefined {
  if (!PGHOST || !PGDATABASE) return undefined
  const host = PGHOST.includes(':') ? `[${PGHOST}]` : encodeURIComponent(PGHOST)
  return formatServerUrl({
    scheme: 'postgres',
    user: PGUSER ?? '',
    password: PGPASSWORD ?? '',
    host: PGPORT ? `${host}:${PGPORT}` : host,
    rest: `/${encodeURIComponent(PGDATABASE)}`,
  })
}

function parsePort(variable: string, value: string): number {
  const parsed = portSchema.safeParse(Number(value))
  if (parsed.success) return parsed.data
  throw new OptimizerError('invalid-config', `${variable} is ${value}; set it to a port number from 0 (any free port) to 65535.`)
}

function readJson(file: string): Record<string, unknown> {
  try {
    return z.looseObject({}).parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    throw new OptimizerError(
      'invalid-config',
      `The configuration file ${file} cannot be read as a JSON object; correct or remove it.`,
      { cause },
    )
  }
}
