import { log, setHandler } from '@temporalio/workflow'
import { keepSignal, keepUpdate, rollBackSignal, rollBackUpdate } from '../contract/messages.ts'
import type { TrialEnding } from '../contract/workflows.ts'
import {
  formatRollBackReason,
  type KeepRequest,
  keepRequestSchema,
  type RollBackRequest,
  rollBackRequestSchema,
} from '../model/commands.ts'
import { describeIssue } from '../model/issue.ts'
import { parseSignalNote } from '../model/signal-note.ts'
import { TrialControl } from './trial-control.ts'
import { createInputFailure, createUpdateRejection } from './update-rejection.ts'

/**
 * The trials of one workflow, and the signals and updates with which operators end them. A signal only asks; an update answers once the
 * trial has ended.
 */
export class TrialMessages {
  private readonly trials = new Map<string, TrialControl>()

  /**
   * @param own the trial that the workflow is there for: a message may reach a workflow before its first line has run
   * @param isInForce whether its change is in force already, since a previous run of the workflow
   */
  constructor(own?: string, isInForce = false) {
    if (own) this.trials.set(own, new TrialControl(own, isInForce))
    setHandler(rollBackSignal, (trialId, note) => {
      const { by, reason = '' } = parseSignalNote(note)
      this.rollBack(trialId ?? undefined, by ? formatRollBackReason({ by, reason }) : reason || undefined)
    })
    setHandler(keepSignal, (request) => this.keepIfValid(request))
    setHandler(rollBackUpdate, (request) => this.rollBackAndAnswer(rollBackRequestSchema.parse(request)), {
      validator: (request) => void this.find(request, rollBackRequestSchema),
    })
    setHandler(keepUpdate, (request) => this.keepAndAnswer(keepRequestSchema.parse(request)), {
      validator: (request) => this.validateKeep(request),
    })
  }

  /** Lets the messages control this trial while the work runs. */
  async during<T>(trialId: string, work: (control: TrialControl) => Promise<T>): Promise<T> {
    const control = this.trials.get(trialId) ?? new TrialControl(trialId)
    this.trials.set(trialId, control)
    try {
      return await work(control)
    } finally {
      control.close()
    }
  }

  /** @param trialId by default all running trials */
  rollBack(trialId: string | undefined, reason: string | undefined): void {
    for (const [id, control] of this.trials)
      if (!control.isOver && (trialId === undefined || trialId === id)) control.rollBack(reason)
  }

  /** A signal cannot be rejected; an invalid one is logged. */
  private keepIfValid(request: unknown): void {
    const parsed = keepRequestSchema.safeParse(request)
    if (parsed.success) this.trials.get(parsed.data.trialId)?.keep(parsed.data)
    else log.warn('An invalid keep signal was ignored', { reason: describeIssue(parsed.error, 'the request') })
  }

  private async rollBackAndAnswer(request: RollBackRequest): Promise<TrialEnding> {
    const control = this.find(request, rollBackRequestSchema)
    control.rollBack(formatRollBackReason(request), request.harmful)
    return await control.ended()
  }

  private async keepAndAnswer(request: KeepRequest): Promise<TrialEnding> {
    const control = this.find(request, keepRequestSchema)
    control.keep(request)
    return await control.ended()
  }

  private validateKeep(request: unknown): void {
    const { trialId, isRunning } = this.find(request, keepRequestSchema)
    if (!isRunning) throw createUpdateRejection('not-running', `${trialId} has not started, so there is nothing to keep.`)
  }

  /** @throws ApplicationFailure `invalid-input`, `unknown-trial`, `trial-over` */
  private find(request: unknown, schema: typeof keepRequestSchema | typeof rollBackRequestSchema): TrialControl {
    const parsed = schema.safeParse(request)
    if (!parsed.success)
      throw createInputFailure(parsed.error, 'request', '{"trialId": "opt_…", "by": "ada", "reason": "a complaint"}')
    const { trialId } = parsed.data
    const control = this.trials.get(trialId)
    if (!control)
      throw createUpdateRejection(
        'unknown-trial',
        `This workflow does not run ${trialId}; npx optimizer status lists the running trials.`,
      )
    if (control.isOver) throw createUpdateRejection('trial-over', `${trialId} has already ended.`)
    return control
  }
}
