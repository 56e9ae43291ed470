import { z } from 'zod'
import { nonEmptyTextSchema, textSchema } from './text.ts'

/** A person's word on a trial that waits for approval; `by` and `why` stay on record. */
export const approvalDecisionSchema = z.strictObject({
  approve: z.boolean(),
  by: nonEmptyTextSchema,
  why: textSchema.default(''),
})
export type ApprovalDecision = z.infer<typeof approvalDecisionSchema>
export type ApprovalDecisionInput = z.input<typeof approvalDecisionSchema>

/** The decision that holds, which is the first one; `counted` where it is the one just made. */
export const approvalOutcomeSchema = approvalDecisionSchema.extend({ counted: z.boolean() })
export type ApprovalOutcome = z.infer<typeof approvalOutcomeSchema>

/** What may come of asking a person; a `lapsed` one was approved but could not be carried out. */
export type ApprovalState = 'open' | 'approved' | 'declined' | 'timed-out' | 'withdrawn' | 'lapsed'

/** What came of asking, as the rest of a sentence about the trial. */
export function describeApproval(approval: { state: ApprovalState; decidedBy: string | null; reason: string | null }): string {
  const { state, decidedBy, reason } = approval
  const why = reason ? `: ${reason}` : ''
  switch (state) {
    case 'open':
      return 'waits for a person'
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
