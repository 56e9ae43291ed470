/** Signals to a running cycle (B12). */
import { HandlerUnfinishedPolicy } from '@temporalio/common'
import { log, setHandler, TemporalFailure } from '@temporalio/workflow'
import { applyCommand } from '../analysis/policy/apply-command.ts'
import {
  abortTrialsSignal,
  decreaseAggressivenessSignal,
  focusOnAgentSignal,
  increaseAggressivenessSignal,
  keepSignal,
  optimizeSystemPerformanceSignal,
  pauseSignal,
  reduceResourceConsumptionSignal,
  resumeSignal,
  rollBackSignal,
} from '../contract/messages.ts'
import { type Command, commandSchema, type KeepRequest, keepRequestSchema } from '../model/commands.ts'
import type { Policy } from '../model/policy.ts'
import { nonEmptyTextSchema } from '../model/text.ts'
import { CommandQueue } from './command-queue.ts'
import { TrialControl } from './trial-control.ts'

/**
 * Registers the signals of B12. Input that is not a command, or names an unknown agent, is logged and ignored, because a signal cannot be
 * rejected.
 */
export function handleCommandSignals(
  orders: CommandQueue,
  handle: (command: Command, reason: string) => void | Promise<void>,
): void {
  const ignored = (reason?: string) => log.warn('A signal was ignored', { reason })
  const validated = async (candidate: unknown, reason?: unknown) => {
    const parsed = commandSchema.safeParse(candidate)
    if (!parsed.success) return ignored(parsed.error.issues[0]?.message)
    const why = nonEmptyTextSchema.safeParse(reason).data ?? 'a signal'
    await orders
      .enqueue(parsed.data, () => handle(parsed.data, why))
      .catch((error) => {
        if (error instanceof TemporalFailure) ignored(error.message)
        else throw error
      })
  }
  setHandler(increaseAggressivenessSignal, () => validated({ type: 'increaseAggressiveness' }))
  setHandler(decreaseAggressivenessSignal, () => validated({ type: 'decreaseAggressiveness' }))
  // A cycle does not wait for a focus that comes too late for it.
  setHandler(
    focusOnAgentSignal,
    (agent) => validated({ type: 'focusOnAgent', agentId: typeof agent === 'object' ? agent?.agent : agent }),
    { unfinishedPolicy: HandlerUnfinishedPolicy.ABANDON },
  )
  setHandler(optimizeSystemPerformanceSignal, () => validated({ type: 'optimizeSystemPerformance' }))
  setHandler(reduceResourceConsumptionSignal, () => validated({ type: 'reduceResourceConsumption' }))
  setHandler(pauseSignal, (reason) => validated({ type: 'pause' }, reason))
  setHandler(resumeSignal, (reason) => validated({ type: 'resume' }, reason))
  setHandler(abortTrialsSignal, (reason) => validated({ type: 'abort' }, reason))
}

/** Registers the signal to keep a running trial's change; who wishes it has to say so. */
export function handleKeepSignal(handle: (wish: KeepRequest) => void): void {
  setHandler(keepSignal, (candidate) => {
    const parsed = keepRequestSchema.safeParse(candidate)
    if (parsed.success) handle(parsed.data)
    else log.warn('A keep was ignored', { reason: parsed.error.issues[0]?.message })
  })
}

/** The policy of one cycle: that of the control workflow at its start, changed by the signals that the cycle itself receives. */
export class CycleSteering {
  private base: Policy | null = null
  private readonly commands: Command[] = []
  private readonly trials = new Map<string, TrialControl>()

  constructor(target: string | undefined) {
    if (target) this.commands.push({ type: 'focusOnAgent', agentId: target })
    handleCommandSignals(new CommandQueue(), (command, reason) => {
      this.commands.push(command)
      if (command.type === 'abort') this.rollBack(undefined, `everything was aborted: ${reason}`)
    })
    setHandler(rollBackSignal, (trialId, reason) => this.rollBack(trialId, reason))
    handleKeepSignal((wish) => this.trials.get(wish.trialId)?.keep(wish))
  }

  setBasePolicy(policy: Policy): void {
    this.base = policy
  }

  get policyOrNull(): Policy | null {
    return this.base && this.commands.reduce(applyCommand, this.base)
  }

  get policy(): Policy {
    if (!this.policyOrNull) throw new Error('The policy has not been read yet')
    return this.policyOrNull
  }

  /** Carries out a trial so that the signals `rollBack` and `keep` end it and nothing else. */
  async runInterruptibly<T>(trialId: string, run: (wishes: TrialControl) => Promise<T>): Promise<T> {
    const wishes = new TrialControl()
    this.trials.set(trialId, wishes)
    try {
      return await wishes.runInterruptibly(() => run(wishes))
    } finally {
      this.trials.delete(trialId)
    }
  }

  private rollBack(trialId: string | undefined, reason: string | undefined): void {
    for (const [id, wishes] of this.trials) if (trialId === undefined || trialId === id) wishes.rollBack(reason)
  }
}
