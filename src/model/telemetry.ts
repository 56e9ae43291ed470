/** How OpenTelemetry data is understood: which spans belong to which agent, and what calls of language models cost. */
import { z } from 'zod'
import { describeUnwritableKnob } from './environment-file.ts'
import { httpUrlSchema } from './http-url.ts'
import { knobsSchema } from './knob.ts'
import { choosableMetricNameSchema } from './metric.ts'
import { nameSchema, safeRecordSchema } from './name.ts'
import { maxDurationMs } from './quantity.ts'
import { labelSchema } from './text.ts'

/** Fields of a self-report (C6) with the values that they may have, and their unit: `1` of a share, empty of a count. */
export const selfReportFields = {
  decisionCount: { most: Number.MAX_SAFE_INTEGER, isWhole: true, unit: '' },
  sourcesQueried: { most: Number.MAX_SAFE_INTEGER, isWhole: true, unit: '' },
  signalsGenerated: { most: Number.MAX_SAFE_INTEGER, isWhole: true, unit: '' },
  avgConfidence: { most: 1, isWhole: false, unit: '1' },
  successRate: { most: 1, isWhole: false, unit: '1' },
  avgResponseTime: { most: maxDurationMs, isWhole: false, unit: 'ms' },
  apiCallsUsed: { most: Number.MAX_SAFE_INTEGER, isWhole: true, unit: '' },
  cacheHitRate: { most: 1, isWhole: false, unit: '1' },
} as const
export type SelfReportField = keyof typeof selfReportFields
const selfReportFieldSchema = z.enum(Object.keys(selfReportFields) as [SelfReportField, ...SelfReportField[]])

/** The instance of processes that do not say which they are. */
export const unnamedInstance = 'default'

const usdPerMillionSchema = z.number().min(0).max(1e6)

export const modelPriceSchema = z.strictObject({
  inputUsdPerMillion: usdPerMillionSchema.describe('Price of a million input tokens, USD'),
  outputUsdPerMillion: usdPerMillionSchema.describe('Price of a million output tokens, USD'),
  cachedInputUsdPerMillion: usdPerMillionSchema
    .optional()
    .describe('Price of a million input tokens that the provider had cached, USD; by default the price of other input tokens'),
  cacheWriteUsdPerMillion: usdPerMillionSchema
    .optional()
    .describe(
      'Price of a million input tokens that the provider cached for later, USD; by default the price of other input tokens',
    ),
})
export type ModelPrice = z.infer<typeof modelPriceSchema>

/** The placeholder for the instance in a path. */
const instanceMark = '{instanceId}'

const pathSchema = z
  .string()
  .max(1_000)
  .refine((path) => path.startsWith('/') && path.includes(instanceMark), {
    message: `must be an absolute path that contains ${instanceMark}, so that instances can have different settings`,
  })

const webhookSchema = z.strictObject({
  url: httpUrlSchema
    .refine((url) => url.includes(instanceMark), `must contain ${instanceMark}, so that instances can have different settings`)
    .describe('URL that the settings of an instance are posted to; contains `{instanceId}` and optionally `{agentId}`'),
  secret: z.string().min(16, 'use a secret of at least 16 characters').describe('Key of the signature'),
})
export type SettingsWebhookOptions = z.infer<typeof webhookSchema>

const settingsSchema = z
  .strictObject({
    file: pathSchema
      .optional()
      .describe('Path of the settings file of an instance; contains `{instanceId}` and optionally `{agentId}`'),
    webhook: webhookSchema.optional().describe('Where the settings of an instance are posted'),
    environment: pathSchema
      .optional()
      .describe(
        'Path of the environment file that an instance reads when it starts; contains `{instanceId}` and optionally `{agentId}`',
      ),
    takesEffectSeconds: z
      .number()
      .min(1)
      .max(10)
      .optional()
      .describe(
        'For agents that cannot report which version they run with: maximum number of seconds after delivery until all new work uses the settings. Trials then [rely on it](settings.md#agents-that-cannot-confirm), which is weaker evidence',
      ),
    knobs: knobsSchema.min(1, 'declare at least one knob').describe('The knobs whose values the agent gets in this way'),
  })
  .superRefine(({ file, webhook, environment, takesEffectSeconds, knobs }, context) => {
    if ([file, webhook, environment].filter((channel) => channel !== undefined).length !== 1)
      context.addIssue({ code: 'custom', message: 'needs one of file, webhook and environment' })
    const needsRestart = environment !== undefined || knobs.some(({ applies }) => applies === 'restart')
    if (takesEffectSeconds !== undefined && needsRestart) {
      const message = 'cannot be used for settings that take effect with a restart, because those must be confirmed'
      context.addIssue({ code: 'custom', message, path: ['takesEffectSeconds'] })
    }
    const problem = environment === undefined ? undefined : describeUnwritableKnob(knobs)
    if (problem) context.addIssue({ code: 'custom', message: problem, path: ['knobs'] })
  })
  .transform(({ knobs, ...channel }) => {
    if (channel.environment === undefined) return { ...channel, knobs }
    return { ...channel, knobs: knobs.map((knob) => ({ ...knob, applies: 'restart' as const })) }
  })
export type ChannelSettings = z.infer<typeof settingsSchema>

/** A path or URL for an instance. Both ids are names, so a path stays within its folder. */
export const expandSettingsPath = (pattern: string, agentId: string, instanceId: string): string =>
  pattern.replaceAll('{agentId}', agentId).replaceAll(instanceMark, instanceId)

const agentRuleSchema = z.strictObject({
  agentId: nameSchema.describe('The agent that matching spans belong to'),
  kind: nameSchema.optional().describe('The kind of the agent; by default its id'),
  match: safeRecordSchema(labelSchema, z.string().max(1_000))
    .refine((match) => Object.keys(match).length > 0, 'name at least one attribute')
    .describe('Attributes of the span or its resource, with their values; all of them must match'),
  executions: z
    .enum(['entries', 'all', 'none'])
    .default('entries')
    .describe('Which matching spans are executions: those that enter the agent, all, or none (for example, for health checks)'),
  settings: settingsSchema
    .optional()
    .describe('[Where](settings.md) the agent reads its settings, if the optimizer may change them'),
})
export type AgentRule = z.infer<typeof agentRuleSchema>

export const telemetrySchema = z.strictObject({
  prices: safeRecordSchema(labelSchema, modelPriceSchema)
    .default({})
    .describe('Prices by model name, for calls that do not report their cost'),
  agents: z
    .array(agentRuleSchema)
    .max(1_000)
    .default([])
    .describe('Rules that say which agent a span belongs to; the first match applies'),
  evaluations: safeRecordSchema(labelSchema, choosableMetricNameSchema)
    .default({})
    .describe('Metrics by the name of the evaluation that scores them; by default the metric of that name'),
  metrics: safeRecordSchema(labelSchema, selfReportFieldSchema)
    .default({})
    .describe(
      'Fields of the self-report by name of the gauge or sum that provides them, such as `{"cache.hit_ratio": "cacheHitRate"}`',
    ),
  liveSeconds: z
    .number()
    .min(5)
    .max(3_600)
    .default(90)
    .describe('How long an instance counts as live after its latest data, seconds; exporters send metrics once a minute'),
  maxAgents: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(20_000)
    .describe(
      'Once the fleet has this many agents, OpenTelemetry data registers no new ones; spans of further agents are refused',
    ),
  maxInstances: z
    .int()
    .min(0)
    .max(10_000_000)
    .default(100_000)
    .describe(
      'Once there are this many instances, OpenTelemetry data registers no new ones; instances that are long gone are removed and do not count',
    ),
})
export type TelemetrySettings = z.infer<typeof telemetrySchema>
export const defaultTelemetry: TelemetrySettings = telemetrySchema.parse({})
