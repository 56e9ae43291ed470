import { log, patched, setHandler } from '@temporalio/workflow'
import type { z } from 'zod'
import { keepSignal, keepUpdate, rollBackSignal, rollBackUpdate } from '../contract/messages.ts'
import type { TrialEndResult } from '../contract/workflows.ts'
import {
  formatRollbackReason,
  type KeepRequest,
  keepRequestSchema,
  type RollbackRequest,
  rollbackRequestSchema,
} from '../model/commands.ts'
import { describeIssue } from '../model/issue.ts'
import { parseSignalNote } from '../model/signal-note.ts'
import { labelSchema, replaceInvisibleSender } from '../model/text.ts'
import { OperatorRequests } from './operator-requests.ts'
import { createInputFailure, createUpdateRejection } from './update-rejection.ts'

/**
 * The trials of one workflow, and the signals and updates with which operators end them. A signal only asks; an update answers once the
 * trial has ended.
 */
export class TrialMessages {
  private readonly trials = new Map<string, OperatorRequests>()

  /**
   * @param own the trial that the workflow is there for: a message may reach a workflow before its first line has run
   * @param isInForce whether its change is in force already, since a previous run of the workflow
   */
  constructor(own?: string, isInForce = false) {
    if (own) this.trials.set(own, new OperatorRequests(own, isInForce))
    setHandler(rollBackSignal, (trial, note) => this.rollBackIfValid(trial, note))
    setHandler(keepSignal, (request) => this.keepIfValid(request))
    setHandler(
      rollBackUpdate,
      (request) => this.rollBackAndAnswer(rollbackRequestSchema.parse(replaceInvisibleSender(request))),
      {
        validator: (request) => void this.find(request, rollbackRequestSchema),
      },
    )
    setHandler(keepUpdate, (request) => this.keepAndAnswer(keepRequestSchema.parse(replaceInvisibleSender(request))), {
      validator: (request) => this.validateKeep(request),
    })
  }

  /** Lets the messages control this trial while the work runs. */
  async during<T>(trialId: string, work: (control: OperatorRequests) => Promise<T>): Promise<T> {
    const control = this.trials.get(trialId) ?? new OperatorRequests(trialId)
    this.trials.set(trialId, control)
    try {
      return await work(control)
    } finally {
      control.close()
    }
  }

  rollBackAll(reason: string | undefined, by?: string): void {
    for (const control of this.trials.values()) if (!control.isOver) control.rollBack(reason, { by })
  }

  /** A signal cannot be rejected; an invalid one, or one about a trial that does not run here, is logged. */
  private rollBackIfValid(trial: unknown, note: unknown): void {
    const isRequest = typeof trial === 'object' && trial !== null
    const { data, error } = (isRequest ? rollbackRequestSchema : labelSchema.nullish()).safeParse(replaceInvisibleSender(trial))
    if (error) warnInvalid('rollBack', error)
    else if (typeof data === 'object' && data !== null) this.rollBackRequested(data)
    else this.rollBackNamed(data ?? null, note)
  }

  private rollBackRequested(request: RollbackRequest): void {
    // Asked when a request arrives, not at the start: a workflow of an earlier version ignored those before, and takes those from now on.
    if (patched('roll-back-requests-as-signals'))
      this.findOpen('rollBack', request.trialId)?.rollBack(formatRollbackReason(request), request)
  }

  /** @param trialId null for all trials */
  private rollBackNamed(trialId: string | null, note: unknown): void {
    const { by, reason = '' } = parseSignalNote(note)
    const why = by ? formatRollbackReason({ by, reason }) : reason || undefined
    if (trialId === null) this.rollBackAll(why, by)
    else this.findOpen('rollBack', trialId)?.rollBack(why, { by })
  }

  private keepIfValid(request: unknown): void {
    const parsed = keepRequestSchema.safeParse(replaceInvisibleSender(request))
    if (parsed.success) this.findOpen('keep', parsed.data.trialId)?.keep(parsed.data)
    else warnInvalid('keep', parsed.error)
  }

  /** The trial that a signal names; undefined, with a warning, if it does not run here. */
  private findOpen(signal: string, trialId: string): OperatorRequests | undefined {
    const control = this.trials.get(trialId)
    if (control && !control.isOver) return control
    log.warn(`A ${signal} signal was ignored`, {
      reason: `${trialId} ${control ? 'has ended' : 'does not run in this workflow'}`,
    })
    return undefined
  }

  private async rollBackAndAnswer(request: RollbackRequest): Promise<TrialEndResult> {
    const control = this.find(request, rollbackRequestSchema)
    control.rollBack(formatRollbackReason(request), request)
    return await control.ended()
  }

  private async keepAndAnswer(request: KeepRequest): Promise<TrialEndResult> {
    const control = this.find(request, keepRequestSchema)
    control.keep(request)
    return await control.ended()
  }

  private validateKeep(request: unknown): void {
    const { trialId, isRunning } = this.find(request, keepRequestSchema)
    if (!isRunning) throw createUpdateRejection('not-running', `${trialId} has not started, so there is nothing to keep.`)
  }

  /** @throws ApplicationFailure `invalid-input`, `unknown-trial`, `trial-over` */
  private find(request: unknown, schema: typeof keepRequestSchema | typeof rollbackRequestSchema): OperatorRequests {
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

const warnInvalid = (signal: string, error: z.core.$ZodError) =>
  log.warn(`An invalid ${signal} signal was ignored`, { reason: describeIssue(error, 'the request') })
