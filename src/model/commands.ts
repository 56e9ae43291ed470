import { z } from 'zod'
import { severitySchema } from './bottleneck.ts'
import { dateTimeSchema } from './date-time.ts'
import { describeIssue } from './issue.ts'
import { knobValuesSchema, versionSchema } from './knob.ts'
import { knobNameSchema, nameSchema } from './name.ts'
import { objectiveSchema, objectiveScopeSchema } from './objective.ts'
import { strategyTypeSchema } from './strategy.ts'
import { acceptWhyAsReason, labelSchema, nonEmptyTextSchema, textSchema } from './text.ts'

const cycleOptionsSchema = z.strictObject({
  target: nameSchema.optional(),
  /** Plans and explains without changing anything. */
  dryRun: z.boolean().optional(),
})

/** Options of an ad-hoc cycle, all of them optional (A7). */
export const cycleInputSchema = cycleOptionsSchema.default({})
export type CycleInput = z.infer<typeof cycleInputSchema>

/** A request for a cycle, with who asks for it and why. */
export const cycleRequestSchema = cycleOptionsSchema
  .extend({
    by: labelSchema.optional().describe('Who requests it, for the audit log; by default the name of the token'),
    reason: textSchema.optional(),
  })
  .default({})

/** The options as the workflow takes them, and whether the optimizer itself chose the target; a person's focus then takes precedence. */
export const cycleWorkflowInputSchema = cycleOptionsSchema.extend({ isAutomatic: z.boolean().optional() })
export type CycleWorkflowInput = z.infer<typeof cycleWorkflowInputSchema>

/** A person's request to try and judge a change. */
export const trialInputSchema = z.strictObject({
  /** `opt_<ms>_<rand>`; the workflow id is `trial-<strategyId>`. */
  strategyId: z
    .string()
    .max(100)
    .regex(/^opt_\d+_[a-z0-9]+$/, 'use opt_, digits, _ and lower-case letters or digits, such as opt_1_mine'),
  agentId: nameSchema,
  values: knobValuesSchema,
  requestedBy: labelSchema,
  /** The strategy whose change is tried again. */
  repeats: labelSchema.optional(),
})
export type TrialInput = z.infer<typeof trialInputSchema>

/** A cycle's strategy that a person must approve first; the workflow id is `trial-<strategyId>`. */
export const approvalTrialInputSchema = z.strictObject({ strategyId: labelSchema })
export type ApprovalTrialInput = z.infer<typeof approvalTrialInputSchema>

/** A cycle's strategy whose trial does not fit into the cycle, and the continuation of any trial outside a cycle as a new run. */
export const longTrialInputSchema = z.strictObject({
  strategyId: labelSchema,
  strategy: z.object({
    id: labelSchema,
    type: strategyTypeSchema,
    agentId: nameSchema,
    priority: severitySchema,
    description: z.string(),
    changes: z.string(),
    asks: z.boolean().optional(),
    restarts: z.boolean().optional(),
    alone: z.boolean().optional(),
  }),
  /** The progress of the previous run; missing in the first one. */
  resumed: z
    .strictObject({
      step: z.enum(['candidate', 'half']),
      observeMs: z.number().positive(),
      /** The proof on the candidates, while the change is judged on half of the instances. */
      proof: z.string().optional(),
    })
    .optional(),
})
export type LongTrialInput = z.infer<typeof longTrialInputSchema>

const trialRequest = z.strictObject({ trialId: labelSchema, by: labelSchema, reason: textSchema.default('') })

/** A request about one trial, which is named elsewhere. */
export const trialRequestBodySchema = acceptWhyAsReason(trialRequest.omit({ trialId: true }))

/** An operator's request to end a running trial and keep its change, proven or not. */
export const keepRequestSchema = acceptWhyAsReason(trialRequest)
export type KeepRequest = z.infer<typeof keepRequestSchema>

/** An operator's request to try the change of a trial again. */
export const retryRequestSchema = acceptWhyAsReason(trialRequest)
export type RetryRequest = z.infer<typeof retryRequestSchema>

/** Whether a person marked a change as harmful; it then counts as if the judge had rolled it back. */
const harmfulSchema = z.boolean().optional()

const rollBackRequest = trialRequest.extend({ harmful: harmfulSchema })

/** The same about a trial that is named elsewhere. */
export const rollbackRequestBodySchema = acceptWhyAsReason(rollBackRequest.omit({ trialId: true }))

/** An operator's request to end a running trial and roll it back. */
export const rollbackRequestSchema = acceptWhyAsReason(rollBackRequest)
export type RollbackRequest = z.infer<typeof rollbackRequestSchema>

/** "requested by ada: a complaint", "called harmful by ada: a complaint", for the trial's record. */
export const formatRollbackReason = ({ by, reason, harmful }: Omit<RollbackRequest, 'trialId'>) =>
  `${harmful ? 'called harmful' : 'requested'} by ${by}${reason && `: ${reason}`}`

/** A request to restore what one trial changed. */
export const trialRestoreSchema = z.strictObject({
  trialId: labelSchema,
  reason: nonEmptyTextSchema.optional(),
  requestedBy: labelSchema.optional().describe('The person who asked for it; missing if the optimizer decided'),
  harmful: harmfulSchema,
})
export type TrialRestore = z.infer<typeof trialRestoreSchema>

const settingsSchema = knobValuesSchema.refine((values) => Object.keys(values).length > 0, 'name at least one knob')

/** The problem of a restore's target, which is a version, a time or settings. */
function describeTarget(to: unknown): string {
  if (typeof to === 'string') return dateTimeSchema.safeParse(to).error!.issues[0]!.message
  if (typeof to === 'number') return `${to} is not a version; versions are whole numbers from 1`
  return describeIssue(settingsSchema.safeParse(to).error!, 'the settings')
}

/** A request to set an agent's knobs as they were in a version or at a time, or only the knobs named here. */
export const agentRestoreSchema = z.strictObject({
  agentId: nameSchema,
  /** A version, an ISO 8601 time, or values. */
  to: z.union([versionSchema, dateTimeSchema, settingsSchema], { error: ({ input }) => describeTarget(input) }),
  by: labelSchema,
  reason: textSchema.optional(),
})
export type AgentRestore = z.infer<typeof agentRestoreSchema>

export type RestoreInput = TrialRestore | AgentRestore

/** A request to set an objective. */
export const objectiveRequestSchema = z.strictObject({
  objective: objectiveSchema,
  by: labelSchema,
  reason: textSchema,
  allowUndeclared: z
    .boolean()
    .default(false)
    .describe(
      'Set the objective even if it names a metric that has not been declared yet, for example because the agent that declares it has not connected',
    ),
})

/** A request to clear an objective that was set by command. */
export const clearObjectiveRequestSchema = z.strictObject({ scope: objectiveScopeSchema, by: labelSchema, reason: textSchema })

/** A request to forget an agent that no longer runs. */
export const forgetRequestSchema = z.strictObject({ by: labelSchema, reason: textSchema.default('') })

/** Who made a decision, and why; for the record. */
export const operatorNoteSchema = z.strictObject({ by: labelSchema, reason: nonEmptyTextSchema })
export type OperatorNote = z.infer<typeof operatorNoteSchema>

/** Who acknowledges an alert, and what they are doing about it. */
export const alertAcknowledgementSchema = z.strictObject({ by: labelSchema, reason: textSchema.default('') })
export type AlertAcknowledgementInput = z.input<typeof alertAcknowledgementSchema>

/** A command to the optimizer. */
export const commandSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('increaseAggressiveness') }).describe('Raises the aggressiveness by one level'),
  z.strictObject({ type: z.literal('decreaseAggressiveness') }).describe('Lowers the aggressiveness by one level'),
  z
    .strictObject({ type: z.literal('setAggressiveness'), level: z.int().min(1).max(5) })
    .describe('Sets the aggressiveness to a level from 1 to 5'),
  z.strictObject({ type: z.literal('focusOnAgent'), agentId: nameSchema }).describe('Optimizes only this agent'),
  z.strictObject({ type: z.literal('clearFocus') }).describe('Optimizes the whole fleet again'),
  z
    .strictObject({ type: z.literal('optimizeSystemPerformance') })
    .describe('Clears the focus, stops preferring changes that save resources, and starts a cycle at once'),
  z.strictObject({ type: z.literal('reduceResourceConsumption') }).describe('Prefers changes that save resources'),
  z.strictObject({ type: z.literal('pause') }).describe('Starts no more trials; running trials finish'),
  z.strictObject({ type: z.literal('resume') }).describe('Starts trials again'),
  z.strictObject({ type: z.literal('abort') }).describe('The kill switch: pauses, and rolls back every running trial at once'),
  z
    .strictObject({ type: z.literal('release'), agentId: nameSchema, knob: knobNameSchema.optional() })
    .describe('Ends the cooldown of a knob, or of all knobs of an agent'),
])
export type Command = z.infer<typeof commandSchema>

/** A command, who gives it and why; for the audit log. */
export const commandRequestSchema = z.strictObject({ command: commandSchema, by: labelSchema, reason: textSchema })
export type CommandRequest = z.infer<typeof commandRequestSchema>
