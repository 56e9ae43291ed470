/** The parameters of the performance engine, with the names and defaults of document 004. */
import { z } from 'zod'
import { alertThresholdsSchema } from './alert-threshold.ts'
import { profilingScheduleSchema } from './profiling-schedule.ts'

const parameters = {
  monitoring_interval_seconds: z.number().min(1).max(86_400),
  profiling_schedule: profilingScheduleSchema.nullable(),
  alert_thresholds: alertThresholdsSchema,
  enable_auto_profiling: z.boolean(),
  data_retention_days: z.int().min(1).max(36_500),
}

export const engineSettingsSchema = z.strictObject({
  monitoring_interval_seconds: parameters.monitoring_interval_seconds
    .default(15)
    .describe('Seconds between two readings of system metrics'),
  profiling_schedule: parameters.profiling_schedule
    .default(null)
    .describe(
      'When [profiles](profiling.md) of everything are taken: a cron expression of five fields, in UTC or as `CRON_TZ=Europe/Berlin 30 2 * * *`; null for never',
    ),
  alert_thresholds: parameters.alert_thresholds
    .default({})
    .describe('[Values of metrics](monitoring.md#alerts) at which alerts are raised, such as `{"cpu_usage": {"critical": 90}}`'),
  enable_auto_profiling: parameters.enable_auto_profiling
    .default(false)
    .describe('Whether an agent that has become a bottleneck is [profiled](profiling.md)'),
  data_retention_days: parameters.data_retention_days
    .default(90)
    .describe('Days for which [detailed data](monitoring.md#how-long-data-is-kept) is kept'),
})
export type EngineSettings = z.infer<typeof engineSettingsSchema>

/** Parameters that were set by messages; the others come from the configuration. */
export type EngineSettingsOverrides = Partial<EngineSettings>

export const engineParameterSchema = z.enum(Object.keys(parameters) as [keyof EngineSettings, ...(keyof EngineSettings)[]])

/** Some of the parameters, which replace those in force. */
export const engineSettingsUpdateSchema = z
  .strictObject({
    ...z.strictObject(parameters).partial().shape,
    reset: z.array(engineParameterSchema).optional().describe('Parameters to reset to their values in the configuration file'),
  })
  .refine(({ reset = [], ...update }) => Object.keys(update).length + reset.length > 0, 'name at least one parameter')
  .refine(({ reset = [], ...update }) => reset.every((name) => !(name in update)), 'either set a parameter or reset it')
