import { z } from 'zod'

/** How anomalies are looked for. */
export const anomalySettingsSchema = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether anomalies are looked for'),
  stepSeconds: z
    .int()
    .min(1)
    .max(3_600)
    .default(15)
    .describe('Seconds that one value of a series stands for; other ones make every series begin anew'),
  falseAlarmsPerDay: z
    .number()
    .min(0.01)
    .max(1_000)
    .default(1)
    .describe('Target number of false alarms per day across the fleet'),
  mostSeries: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(2_000)
    .describe('Series that are watched, those that come first, at about 150 KB of memory each; an alert says how many are not'),
})
export type AnomalySettings = z.infer<typeof anomalySettingsSchema>
