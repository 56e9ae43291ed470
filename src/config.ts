import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { OptimizerError } from './model/errors.ts'
import { thresholdsSchema } from './model/thresholds.ts'

export const trialLimitsSchema = z.strictObject({
  maxSamples: z.int().min(10).max(10_000).default(160).describe('Candidate samples after which a trial ends undecided'),
  concurrent: z
    .int()
    .positive()
    .default(2)
    .describe('Maximum number of trials running at once in the whole fleet, at aggressiveness 3; other levels scale it'),
  candidateShare: z
    .number()
    .positive()
    .max(1)
    .default(0.2)
    .describe(
      "Largest share of the fleet's instances that may run unproven values at once, at aggressiveness 3; rounded, but at least one instance; other levels scale it",
    ),
  observeMs: z.int().positive().default(105_000).describe('Longest observation of a trial'),
  widenMs: z.int().positive().default(20_000).describe('Longest observation of a proven change on half of the instances'),
  watchMs: z
    .int()
    .min(0)
    .default(1_200_000)
    .describe(
      'How long every cycle checks a kept change again, and rolls it back if it does harm; by default two cycles at the slowest cadence',
    ),
  lookEveryMs: z.int().positive().max(5_000).default(2_000).describe('Time between two checks of a running trial'),
  acknowledgeMs: z
    .int()
    .positive()
    .max(15_000)
    .default(15_000)
    .describe('How long an instance may take to acknowledge a configuration'),
  historyMs: z.int().positive().default(600_000).describe('How far back a trial looks to learn how instances differed before it'),
  cycleMs: z
    .int()
    .positive()
    .default(285_000)
    .describe('Time budget of a cycle: it starts no further trial that would not end within it'),
  lockMs: z.int().positive().default(180_000).describe('Time after which the lock of a trial that no longer renews it expires'),
})
export type TrialLimits = z.infer<typeof trialLimitsSchema>

const approvalSchema = z.strictObject({
  waitMinutes: z.number().positive().default(1_440).describe('Time after which an unanswered request for approval times out'),
  restMinutes: z.number().positive().default(1_440).describe('How long the knobs of a declined change are left alone'),
})

const portSchema = z.int().min(0).max(65_535)

export const configSchema = z.strictObject({
  dataDir: z.string().default('.optimizer').describe('Folder for all data'),
  limitsFile: z
    .string()
    .optional()
    .describe(
      "File with the operator's limits, which must exist; by default `limits.json` in the data folder, which may be missing",
    ),
  databaseUrl: z.string().optional().describe('PostgreSQL to use instead of the embedded one'),
  natsUrl: z.string().optional().describe('NATS to use instead of the embedded one'),
  temporalAddress: z.string().optional().describe('Temporal to use instead of the embedded one'),
  ports: z
    .strictObject({
      temporal: portSchema.default(7233).describe('Temporal'),
      temporalUi: portSchema.default(8233).describe('Temporal UI'),
      postgres: portSchema.default(5433).describe('PostgreSQL'),
      nats: portSchema.default(4222).describe('NATS'),
      api: portSchema.default(8080).describe('HTTP API'),
    })
    .prefault({})
    .describe('Ports of the servers started here; 0 means any free port'),
  apiHost: z.string().default('127.0.0.1').describe('Address the HTTP API listens on'),
  taskQueue: z.string().default('optimizer').describe('Temporal task queue'),
  schedule: z
    .strictObject({
      minMinutes: z.number().positive().default(5).describe('Minutes between cycles while the fleet is unhealthy'),
      maxMinutes: z.number().positive().default(10).describe('Minutes between cycles while the fleet is healthy'),
      jitterSeconds: z.number().min(0).default(15).describe('Maximum random delay of each start'),
    })
    .refine(({ minMinutes, maxMinutes }) => minMinutes <= maxMinutes, 'minMinutes is above maxMinutes')
    .prefault({})
    .describe('Cadence of the cycles, adapted to the health of the fleet within these limits'),
  thresholds: thresholdsSchema.prefault({}).describe('Thresholds that define a bottleneck; rates and scores from 0 to 1'),
  trials: trialLimitsSchema.prefault({}).describe('Limits of a trial; times in milliseconds'),
  approval: approvalSchema.prefault({}).describe('Approval of risky changes by a person'),
  goal: z
    .strictObject({
      start: z.number().default(10_000).describe('Portfolio value that means no progress, USD'),
      target: z.number().default(10_500).describe('Portfolio value that means the goal is reached, USD'),
    })
    .prefault({})
    .describe('Goal of the fleet'),
})
export type Config = z.infer<typeof configSchema>

/** The keys that environment variables override. */
export const environmentVariables = {
  OPTIMIZER_DATA_DIR: ['dataDir'],
  OPTIMIZER_LIMITS_FILE: ['limitsFile'],
  DATABASE_URL: ['databaseUrl'],
  NATS_URL: ['natsUrl'],
  TEMPORAL_ADDRESS: ['temporalAddress'],
  OPTIMIZER_TEMPORAL_PORT: ['ports', 'temporal'],
  OPTIMIZER_TEMPORAL_UI_PORT: ['ports', 'temporalUi'],
  OPTIMIZER_POSTGRES_PORT: ['ports', 'postgres'],
  OPTIMIZER_NATS_PORT: ['ports', 'nats'],
  OPTIMIZER_API_PORT: ['ports', 'api'],
  OPTIMIZER_API_HOST: ['apiHost'],
} as const

/**
 * Reads `optimizer.config.json` (or the file OPTIMIZER_CONFIG names), then the environment, which wins.
 * @throws OptimizerError `invalid-config` naming the first invalid field.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const file = env.OPTIMIZER_CONFIG ?? 'optimizer.config.json'
  const input: Record<string, unknown> = env.OPTIMIZER_CONFIG || existsSync(file) ? readJson(file) : {}
  for (const [name, path] of Object.entries(environmentVariables)) {
    const value = env[name]
    if (value === undefined || value === '') continue
    const [first, second] = path
    if (second) input[first] = { ...(input[first] as object), [second]: parsePort(name, value) }
    else input[first] = value
  }
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

function parsePort(variable: string, value: string): number {
  const parsed = portSchema.safeParse(Number(value))
  if (parsed.success) return parsed.data
  throw new OptimizerError('invalid-config', `${variable} is ${value}; set it to a port number from 0 (any free port) to 65535.`)
}

function readJson(file: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new OptimizerError('invalid-config', `The configuration file ${file} cannot be read as JSON; correct or remove it.`, {
      cause,
    })
  }
}
