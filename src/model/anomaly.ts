/** Something unusual in the series of a metric, and what is known about it. */
import { z } from 'zod'
import { bottleneckTypeSchema, severitySchema } from './bottleneck.ts'
import { metricNameSchema } from './metric.ts'

export const anomalyKinds = ['spike', 'burst', 'level-shift', 'drift', 'variance', 'dropout', 'stuck', 'season'] as const
export const anomalyKindSchema = z.enum(anomalyKinds)
export type AnomalyKind = z.infer<typeof anomalyKindSchema>

/** A component that may have caused an anomaly. */
export const anomalyCauseSchema = z.object({
  component: z.string(),
  metric: z.string().describe('The metric that points to this component most clearly'),
  probability: z.number(),
  why: z.string(),
})
export type AnomalyCause = z.infer<typeof anomalyCauseSchema>

/** An event that may have triggered an anomaly. */
export const anomalyEventSchema = z.object({
  kind: z.enum(['configuration', 'deploy', 'restart', 'alert']),
  at: z.number().describe('When the event happened, milliseconds since the epoch'),
  component: z.string().optional(),
  description: z.string(),
  probability: z.number(),
  why: z.string(),
})
export type AnomalyEvent = z.infer<typeof anomalyEventSchema>

export const anomalySchema = z.object({
  component: z.string().describe('The agent, host or other component'),
  metric: metricNameSchema,
  kind: anomalyKindSchema,
  since: z.number().describe('When the anomaly began, milliseconds since the epoch'),
  detectedAt: z.number(),
  endedAt: z.number().nullable(),
  usual: z.tuple([z.number(), z.number()]).describe('The range of the values before the anomaly'),
  before: z.number().describe('The median before the anomaly'),
  value: z.number().nullable().describe('The median since the anomaly began; null while no value is reported'),
  evidence: z.number().describe('The strongest evidence for the anomaly; a detector on its own raises an alarm at 2.6 or more'),
  isWorse: z
    .boolean()
    .describe('Whether the change is for the worse; only then does the anomaly become a bottleneck and an alert'),
  type: bottleneckTypeSchema.describe('The type of bottleneck that the anomaly is reported as'),
  severity: severitySchema,
  causes: z.array(anomalyCauseSchema).describe('Most likely first'),
  events: z.array(anomalyEventSchema).describe('Events that may have triggered it, most likely first'),
})
export type Anomaly = z.infer<typeof anomalySchema>

/** Causes are acted on from this probability. */
const convincing = 0.5

/** The probable cause of an anomaly, which may be its own component; undefined if nothing is probable enough. */
export const findProbableCause = ({ causes: [first] }: Pick<Anomaly, 'causes'>): AnomalyCause | undefined =>
  first && first.probability >= convincing ? first : undefined

/** The other component that probably caused an anomaly; undefined if none is probable enough. */
export function findExternalCause(anomaly: Pick<Anomaly, 'component' | 'causes'>): AnomalyCause | undefined {
  const cause = findProbableCause(anomaly)
  return cause?.component === anomaly.component ? undefined : cause
}
