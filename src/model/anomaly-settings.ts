import { z } from 'zod'

/** Settings of anomaly detection. */
export const anomalySettingsSchema = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether anomaly detection is enabled'),
  stepSeconds: z
    .int()
    .min(1)
    .max(3_600)
    .default(15)
    .describe('Seconds covered by one value of a series; changing it restarts every series'),
  falseAlarmsPerDay: z
    .number()
    .min(0.01)
    .max(1_000)
    .default(1)
    .describe('Target number of false alarms per day across the fleet'),
  maxSeries: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(2_000)
    .describe(
      'Maximum number of series watched, first come first served, at about 45 KB of memory each; an alert says how many are not watched',
    ),
})
export type AnomalySettings = z.infer<typeof anomalySettingsSchema>
