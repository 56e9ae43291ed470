import { z } from 'zod'
import { severitySchema } from './bottleneck.ts'
import { formatTimestamp } from './format.ts'
import { aggressivenessSchema, autonomyByKindSchema, autonomySchema, policySchema } from './policy.ts'
import { labelSchema, textSchema } from './text.ts'

/** The Schedule that starts the cycles (A4). */
export const scheduleId = 'optimization-cycle'

/** The optimizer's adjustment of its own aggressiveness (B16), in levels relative to the requested level. */
export const adaptationSchema = z.object({ step: z.union([z.literal(-1), z.literal(0), z.literal(1)]), reason: textSchema })
export type Adaptation = z.infer<typeof adaptationSchema>

/** The operator's limits on aggressiveness at the time of the cycle. */
const adaptationLimitsSchema = z.object({
  minAggressiveness: aggressivenessSchema.optional(),
  maxAggressiveness: aggressivenessSchema.optional(),
})

/** Trials of one cycle. */
const trialCountSchema = z.int().min(0).max(1_000_000)

/** The outcome of a finished cycle, as the optimizer workflow remembers it. */
export const cycleSummarySchema = z.object({
  cycleId: labelSchema,
  proven: trialCountSchema,
  unproven: trialCountSchema,
  worstSeverity: severitySchema.nullable(),
  /** The optimizer's autonomy after the cycle. */
  autonomy: autonomySchema,
  autonomyByKind: autonomyByKindSchema,
  /** The optimizer's reputation as the strategic orchestrator answered; null if it did not answer. */
  reputation: z.number().min(0).max(1).nullable(),
  /** Missing if nothing was learned about aggressiveness. */
  adaptation: adaptationSchema.extend({ limits: adaptationLimitsSchema }).optional(),
})
export type CycleSummary = z.infer<typeof cycleSummarySchema>

/** A cycle that an alert requested during a freeze window. */
export const postponedCycleSchema = z.object({
  agentId: labelSchema.nullable().describe('The agent that the cycle is for; null for the whole fleet'),
  until: z.number().describe('The end of the freeze window, milliseconds since the epoch'),
})
export type PostponedCycle = z.infer<typeof postponedCycleSchema>

/** As a sentence. */
export const describePostponedCycle = ({ agentId, until }: PostponedCycle): string =>
  `An alert requested a cycle for ${agentId ?? 'the whole fleet'}; it starts when the freeze window ends, at ${formatTimestamp(new Date(until))}.`

/** Maximum number of resources remembered as short: invented names in signals must not make the state too large to carry. */
export const MAX_CONSTRAINTS = 100

/** The answer to the `status` query. */
export const optimizerStateSchema = z.object({
  policy: policySchema,
  proven: z.int(),
  unproven: z.int(),
  lastCycle: cycleSummarySchema.nullable(),
  cadenceMinutes: z.number().nullable(),
  /** Resources that are short, for which the optimizer reduces consumption. Missing in states of earlier versions. */
  constraints: z.array(z.string().describe('A resource, such as `cpuPercent of host`')).optional(),
  /** Whether they are the reason why consumption is reduced. */
  isConstrained: z.boolean().optional(),
  /** The severity of the alerts that shorten the time between cycles, and until when, milliseconds since the epoch. */
  raised: z.object({ severity: severitySchema, until: z.number() }).optional(),
  postponed: z.array(postponedCycleSchema).optional().describe('Cycles waiting for the end of a freeze window'),
})
export type OptimizerState = z.infer<typeof optimizerStateSchema>
