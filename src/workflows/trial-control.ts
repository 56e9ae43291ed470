/** What a person wishes of one running trial. */
import { CancellationScope, isCancellation } from '@temporalio/workflow'
import type { MeasureResult } from '../contract/activities.ts'
import type { KeepRequest } from '../model/commands.ts'
import { nonEmptyTextSchema } from '../model/text.ts'

/** The measured verdict, or who keeps the change without proof. */
export interface ControlledMeasureResult extends MeasureResult {
  keptBy: KeepRequest | null
}

export class TrialControl {
  private readonly scope = new CancellationScope()
  private measuring: CancellationScope | null = null
  private running = false
  private keepWish: KeepRequest | null = null
  private rollBackReason: string | null = null

  /** Why a person wants this very trial to end, where its cancellation is such a wish. */
  get requestedRollBack(): string | null {
    return this.rollBackReason
  }

  /** @param reason what the person says, if anything */
  rollBack(reason: unknown): void {
    this.rollBackReason = nonEmptyTextSchema.safeParse(reason).data ?? 'a person asked for it'
    this.scope.cancel()
  }

  /** The first wish counts; a trial that has not begun has nothing to keep. */
  keep(wish: KeepRequest): void {
    if (!this.running) return
    this.keepWish ??= wish
    this.measuring?.cancel()
  }

  /** Waits so that a person may end the waiting. */
  async waitInterruptibly<T>(work: () => Promise<T>): Promise<T> {
    return await this.scope.run(work)
  }

  /** Carries out the trial so that a person may end it, and nothing else. */
  async runInterruptibly<T>(trial: () => Promise<T>): Promise<T> {
    this.running = true
    return await this.scope.run(trial)
  }

  /** Measures until there is proof for or against the change, or a person keeps it without. */
  async measure(measure: () => Promise<MeasureResult>): Promise<ControlledMeasureResult> {
    this.measuring = new CancellationScope()
    try {
      const measured = this.keepWish ? null : await this.measuring.run(measure)
      if (measured && !(this.keepWish && measured.verdict === 'undecided')) return { ...measured, keptBy: null }
    } catch (error) {
      const kept = this.keepWish && isCancellation(error) && !this.scope.consideredCancelled
      if (!kept) throw error
    } finally {
      this.measuring = null
    }
    return { verdict: 'keep', reason: 'a person kept it', keptBy: this.keepWish }
  }
}
