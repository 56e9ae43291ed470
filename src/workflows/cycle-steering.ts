/** Signals to a running cycle (B12). */
import { log, setHandler, TemporalFailure } from '@temporalio/workflow'
import { applyCommand } from '../analysis/policy/apply-command.ts'
import {
  abortTrialsSignal,
  decreaseAggressivenessSignal,
  focusOnAgentSignal,
  increaseAggressivenessSignal,
  optimizeSystemPerformanceSignal,
  pauseSignal,
  reduceResourceConsumptionSignal,
  resumeSignal,
} from '../contract/messages.ts'
import { type Command, commandSchema } from '../model/commands.ts'
import { describeIssue } from '../model/issue.ts'
import type { Policy } from '../model/policy.ts'
import { nonEmptyTextSchema } from '../model/text.ts'
import { CommandQueue } from './command-queue.ts'
import { TrialMessages } from './trial-messages.ts'

/**
 * Registers the signals of B12. Input that is not a command, or names an unknown agent, is logged and ignored, because a signal cannot be
 * rejected.
 */
export function handleCommandSignals(
  commands: CommandQueue,
  handle: (command: Command, reason: string) => void | Promise<void>,
): void {
  const ignored = (reason?: string) => log.warn('A signal was ignored', { reason })
  const validated = async (candidate: unknown, reason?: unknown) => {
    const parsed = commandSchema.safeParse(candidate)
    if (!parsed.success) return ignored(describeIssue(parsed.error, 'the signal'))
    const why = nonEmptyTextSchema.safeParse(reason).data ?? 'a signal'
    await commands
      .enqueue(parsed.data, () => handle(parsed.data, why))
      .catch((error) => {
        if (error instanceof TemporalFailure) ignored(error.message)
        else throw error
      })
  }
  setHandler(increaseAggressivenessSignal, () => validated({ type: 'increaseAggressiveness' }))
  setHandler(decreaseAggressivenessSignal, () => validated({ type: 'decreaseAggressiveness' }))
  setHandler(focusOnAgentSignal, (agent) =>
    validated({ type: 'focusOnAgent', agentId: typeof agent === 'object' ? agent?.agent : agent }),
  )
  setHandler(optimizeSystemPerformanceSignal, () => validated({ type: 'optimizeSystemPerformance' }))
  setHandler(reduceResourceConsumptionSignal, () => validated({ type: 'reduceResourceConsumption' }))
  setHandler(pauseSignal, (reason) => validated({ type: 'pause' }, reason))
  setHandler(resumeSignal, (reason) => validated({ type: 'resume' }, reason))
  setHandler(abortTrialsSignal, (reason) => validated({ type: 'abort' }, reason))
}

/** The policy of one cycle: that of the control workflow at its start, changed by the signals that the cycle itself receives. */
export class CycleSteering {
  private base: Policy | null = null
  private readonly target: string | undefined
  private readonly isAutomatic: boolean
  private readonly commands: Command[] = []
  readonly trials = new TrialMessages()

  /** @param isAutomatic whether the optimizer itself chose the target; a person's focus then wins */
  constructor(target: string | undefined, isAutomatic: boolean) {
    this.target = target
    this.isAutomatic = isAutomatic
    handleCommandSignals(new CommandQueue(), (command, reason) => {
      this.commands.push(command)
      if (command.type === 'abort') this.trials.rollBack(undefined, `everything was aborted: ${reason}`)
    })
  }

  setBasePolicy(policy: Policy): void {
    const keepsFocus = !this.target || (this.isAutomatic && policy.focus !== null)
    this.base = keepsFocus ? policy : { ...policy, focus: this.target! }
  }

  get policyOrNull(): Policy | null {
    return this.base && this.commands.reduce(applyCommand, this.base)
  }

  get policy(): Policy {
    if (!this.policyOrNull) throw new Error('The policy has not been read yet')
    return this.policyOrNull
  }
}
