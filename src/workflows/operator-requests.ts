import { CancellationScope, condition, isCancellation } from '@temporalio/workflow'
import type { MeasureResult, TrialFailure } from '../contract/activities.ts'
import type { TrialEndResult } from '../contract/workflows.ts'
import type { KeepRequest } from '../model/commands.ts'
import { nonEmptyTextSchema } from '../model/text.ts'
import { createUpdateRejection } from './update-rejection.ts'

/** The measured verdict, or who keeps the change without proof. */
export interface MeasureDecision extends MeasureResult {
  keptBy: KeepRequest | null
  /** Instances that did not respond when the change was applied to all. */
  silent?: string[]
  /** Sentences about instances that confirmed it but run with other values. */
  drifting?: string[]
}

/** Requests of operators to one running trial. */
export class OperatorRequests {
  readonly trialId: string
  private readonly scope = new CancellationScope()
  private measuring: CancellationScope | null = null
  private running: boolean
  private over = false
  private ending: TrialEndResult | null = null
  private keepRequest: KeepRequest | null = null
  private rollBackRequest: TrialFailure | null = null

  /** @param isInForce whether the change is in force already, since a previous run of the workflow */
  constructor(trialId: string, isInForce = false) {
    this.trialId = trialId
    this.running = isInForce
  }

  /** The request of an operator to roll back this trial; null if there is none. */
  get requestedRollBack(): TrialFailure | null {
    return this.rollBackRequest
  }

  get isRunning(): boolean {
    return this.running && !this.over
  }

  get isOver(): boolean {
    return this.over
  }

  /** The first request counts. @param harmful whether the person, if known, says that the change does harm */
  rollBack(reason: unknown, { by, harmful = false }: { by?: string | undefined; harmful?: boolean | undefined } = {}): void {
    const why = nonEmptyTextSchema.safeParse(reason).data ?? 'a person requested it'
    this.rollBackRequest ??= { code: harmful ? 'harmful' : 'asked', reason: why, by }
    this.scope.cancel()
  }

  /** The first request counts; a trial that has not started has nothing to keep. */
  keep(request: KeepRequest): void {
    if (!this.running) return
    this.keepRequest ??= request
    this.measuring?.cancel()
  }

  /** Waits so that a rollback ends the wait. */
  async waitInterruptibly<T>(work: () => Promise<T>): Promise<T> {
    return await this.scope.run(work)
  }

  /** Runs the trial so that a rollback ends only this trial. */
  async runInterruptibly<T>(trial: () => Promise<T>): Promise<T> {
    this.running = true
    return await this.scope.run(trial)
  }

  /** Measures until there is proof for or against the change, or an operator keeps it without proof. */
  async measure(measure: () => Promise<MeasureResult>): Promise<MeasureDecision> {
    this.measuring = new CancellationScope()
    try {
      const measured = this.keepRequest ? null : await this.measuring.run(measure)
      if (measured && !(this.keepRequest && measured.verdict === 'undecided')) return { ...measured, keptBy: null }
    } catch (error) {
      const kept = this.keepRequest && isCancellation(error) && !this.scope.consideredCancelled
      if (!kept) throw error
    } finally {
      this.measuring = null
    }
    return { verdict: 'keep', reason: 'a person kept it', keptBy: this.keepRequest }
  }

  /** Records how the trial ended, for the callers of `ended`. */
  conclude(ending: TrialEndResult): void {
    this.ending = ending
  }

  /** Ends the trial, concluded or not. */
  close(): void {
    this.over = true
  }

  /** How the trial ended, once it has. @throws ApplicationFailure `trial-failed` if it ended without a conclusion */
  async ended(): Promise<TrialEndResult> {
    // A handler is cancelled with its workflow but must still answer.
    await CancellationScope.nonCancellable(() => condition(() => this.ending !== null || this.over))
    if (this.ending) return this.ending
    throw createUpdateRejection(
      'trial-failed',
      `${this.trialId} ended without a conclusion; npx optimizer status shows its state.`,
    )
  }
}
