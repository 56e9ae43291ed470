import { z } from 'zod'
import { declaredKindSchema, metricDeclarationSchema } from './metric.ts'

const valueSchema = z.object({
  value: z.number().describe('Mean of the latest values, in the unit of the metric; a ratio 0–1 for shares and scores'),
  samples: z.int().nullable().describe('Number of values; null if it was reported as one aggregated value'),
  ageMs: z.number().describe('Age of the latest value, milliseconds'),
})

/** The current state of one metric of one agent. */
export const currentMetricSchema = valueSchema.extend({
  metric: z.string(),
  label: z.string(),
  unit: z.string(),
  direction: metricDeclarationSchema.shape.direction,
  kind: declaredKindSchema,
  source: z.enum(['database', 'live-state', 'communication', 'self-report', 'prometheus', 'objective', 'declared']),
  quantiles: z
    .object({ p50: z.number(), p90: z.number(), p95: z.number(), p99: z.number() })
    .nullable()
    .describe('Quantiles of the latest values, for a time, cost or count'),
  target: z
    .object({ value: z.number(), isMet: z.boolean() })
    .optional()
    .describe('The target set by `thresholds` in the configuration, and whether it is met; absent if there is none'),
  trend: z
    .number()
    .nullable()
    .describe(
      'Change compared with the mean of the last hour: percent for a quantity, points for a share; null if not known yet',
    ),
  instances: z.array(valueSchema.extend({ instanceId: z.string() })).describe('The values by instance, if each reports its own'),
})
export type CurrentMetric = z.infer<typeof currentMetricSchema>
