import { z } from 'zod'
import { severitySchema } from './bottleneck.ts'
import { autonomyByKindSchema, autonomySchema, levelSchema, policySchema } from './policy.ts'

/** The Schedule that starts the cycles (A4). */
export const scheduleId = 'optimization-cycle'

/** How the optimizer changes its own aggressiveness (B16), in levels from what persons asked for. */
export const adaptationSchema = z.object({ step: z.union([z.literal(-1), z.literal(0), z.literal(1)]), reason: z.string() })
export type Adaptation = z.infer<typeof adaptationSchema>

/** The operator's limits of it, as the cycle found them. */
const adaptationLimitsSchema = z.object({ minAggressiveness: levelSchema.optional(), maxAggressiveness: levelSchema.optional() })

/** What a finished cycle came to, as the control workflow remembers it. */
export const cycleSummarySchema = z.object({
  cycleId: z.string(),
  proven: z.int().min(0),
  unproven: z.int().min(0),
  worstSeverity: severitySchema.nullable(),
  /** The optimizer's autonomy after it. */
  autonomy: autonomySchema,
  autonomyByKind: autonomyByKindSchema,
  /** The optimizer's reputation as the strategic orchestrator answered; null when it did not. */
  reputation: z.number().min(0).max(1).nullable(),
  /** Left out where nothing was learned about it. */
  adaptation: adaptationSchema.extend({ limits: adaptationLimitsSchema }).optional(),
})
export type CycleSummary = z.infer<typeof cycleSummarySchema>

/** The answer to the query `status`. */
export const controlStatusSchema = z.object({
  policy: policySchema,
  proven: z.int(),
  unproven: z.int(),
  lastCycle: cycleSummarySchema.nullable(),
  cadenceMinutes: z.number().nullable(),
})
export type ControlStatus = z.infer<typeof controlStatusSchema>
