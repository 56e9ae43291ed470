import { z } from 'zod'
import { httpUrlSchema } from './http-url.ts'
import { acceptWhyAsReason, labelSchema, textSchema } from './text.ts'

/** Where in Slack people are asked for approval. */
export const approvalSlackSettingsSchema = z.strictObject({
  url: httpUrlSchema.describe('Incoming webhook for [requests for approval](how-a-trial-works.md#approval-in-slack)'),
  publicUrl: httpUrlSchema.describe('Public base URL of this API, used in the links'),
  secret: z
    .string()
    .min(32, 'use a secret of at least 32 characters')
    .describe('Key that signs the links; must be the same for the worker and the API'),
})
export type ApprovalSlackSettings = z.infer<typeof approvalSlackSettingsSchema>

const approvalDecision = z.strictObject({ approve: z.boolean(), by: labelSchema, reason: textSchema.default('') })

/** A person's decision on a trial that waits for approval; `by` and `reason` are recorded. */
export const approvalDecisionSchema = acceptWhyAsReason(approvalDecision)
export type ApprovalDecision = z.infer<typeof approvalDecisionSchema>
export type ApprovalDecisionInput = z.input<typeof approvalDecision>

/** The decision in force, which is the first one made; `counted` if it is the one just submitted. */
export const approvalOutcomeSchema = acceptWhyAsReason(approvalDecision.extend({ counted: z.boolean() }))
export type ApprovalOutcome = z.infer<typeof approvalOutcomeSchema>

/** States of an approval request; a `lapsed` one was approved but could not be carried out. */
export const approvalStateSchema = z.enum(['open', 'approved', 'declined', 'timed-out', 'withdrawn', 'lapsed'])
export type ApprovalState = z.infer<typeof approvalStateSchema>

/** Describes an approval request as the predicate of a sentence about its trial. */
export function describeApproval(approval: { state: ApprovalState; decidedBy: string | null; reason: string | null }): string {
  const { state, decidedBy, reason } = approval
  const why = reason ? `: ${reason}` : ''
  switch (state) {
    case 'open':
      return 'is waiting for approval'
    case 'approved':
    case 'lapsed':
      return `was approved by ${decidedBy}${why}`
    case 'declined':
      return `was declined by ${decidedBy}${why}`
    case 'timed-out':
      return 'was not approved in time'
    case 'withdrawn':
      return `was withdrawn${why}`
  }
}
