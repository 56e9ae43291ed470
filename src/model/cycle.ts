import { z } from 'zod'
import { severitySchema } from './bottleneck.ts'
import { autonomyByKindSchema, autonomySchema, type Policy } from './policy.ts'

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
})
export type CycleSummary = z.infer<typeof cycleSummarySchema>

/** The answer to the query `status`. */
export interface ControlStatus {
  policy: Policy
  proven: number
  unproven: number
  lastCycle: CycleSummary | null
  cadenceMinutes: number | null
}
