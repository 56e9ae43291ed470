/** A person's approval of a trial (B11): requested once, with a configured time limit. */
import { CancellationScope, condition, isCancellation, setHandler } from '@temporalio/workflow'
import type { ApprovalRequest, TrialFailure } from '../contract/activities.ts'
import { approveUpdate } from '../contract/messages.ts'
import { type ApprovalDecision, type ApprovalOutcome, approvalDecisionSchema } from '../model/approval.ts'
import { replaceInvisibleSender } from '../model/text.ts'
import { persistentActivities } from './activities.ts'
import { createUpdateRejection, createValidator } from './update-rejection.ts'

type ApprovalRecord = Parameters<typeof persistentActivities.recordApproval>[0]

export class ApprovalGate {
  private readonly trialId: string
  private decision: ApprovalDecision | null = null
  private isRecorded = false
  private isOver = false
  private isClosed = false

  constructor(trialId: string) {
    this.trialId = trialId
    setHandler(approveUpdate, (decision) => this.take(approvalDecisionSchema.parse(replaceInvisibleSender(decision))), {
      validator: (it) => this.validate(it),
    })
  }

  /**
   * The reason why the trial may not start; null once a person has approved it. The outcome is recorded first.
   * @param wait a wait that a person can end
   * @param ended the failure if the wait was ended
   */
  async awaitDecision(
    { waitMs }: ApprovalRequest,
    wait: <T>(work: () => Promise<T>) => Promise<T>,
    ended: () => TrialFailure,
  ): Promise<TrialFailure | null> {
    let failure: TrialFailure | null = null
    try {
      await wait(() => condition(() => this.decision !== null, waitMs))
    } catch (error) {
      if (!isCancellation(error)) throw error
      failure = ended()
    }
    this.isOver = true
    const outcome = this.outcome(failure)
    await CancellationScope.nonCancellable(() => persistentActivities.recordApproval(outcome))
    this.isRecorded = true
    return outcome.state === 'approved' ? null : (failure ?? { code: outcome.state, reason: reasonOf(outcome) })
  }

  /** Refuses decisions, those that wait to be recorded too: the trial is over, or was approved in an earlier run of the workflow. */
  close(): void {
    this.isOver = true
    this.isClosed = true
  }

  /**
   * The first decision counts; later callers get that decision and who made it.
   * @throws ApplicationFailure `not-waiting` if the workflow ended before the decision was recorded
   */
  private async take(decision: ApprovalDecision): Promise<ApprovalOutcome> {
    const counted = this.decision === null
    this.decision ??= decision
    await CancellationScope.nonCancellable(() => condition(() => this.isRecorded || this.isClosed))
    if (!this.isRecorded) throw this.createRejection()
    return { ...this.decision, counted }
  }

  private validate(decision: unknown): void {
    validateDecision(decision)
    if ((this.isOver && !this.decision) || (this.isClosed && !this.isRecorded)) throw this.createRejection()
  }

  private createRejection() {
    return createUpdateRejection('not-waiting', `${this.trialId} is no longer waiting for approval.`)
  }

  private outcome(ended: TrialFailure | null): ApprovalRecord {
    const { trialId, decision } = this
    if (ended) return { trialId, state: 'withdrawn', by: ended.by ?? null, reason: ended.reason }
    if (!decision) return { trialId, state: 'timed-out', by: null, reason: 'it was not approved in time' }
    return { trialId, state: decision.approve ? 'approved' : 'declined', by: decision.by, reason: decision.reason }
  }
}

const validateDecision = createValidator(
  approvalDecisionSchema,
  'decision',
  '{"approve": true, "by": "ada", "reason": "a quiet day"}',
)

function reasonOf({ state, by, reason }: ApprovalRecord): string {
  return state === 'declined' ? `${by} declined it${reason && `: ${reason}`}` : reason
}
