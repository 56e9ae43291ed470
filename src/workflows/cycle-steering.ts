/** Signals to a running cycle (B12). */
import { CancellationScope, log, patched, setHandler, TemporalFailure } from '@temporalio/workflow'
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
import { type Command, type CommandRequest, commandSchema } from '../model/commands.ts'
import { describeIssue } from '../model/issue.ts'
import type { Policy } from '../model/policy.ts'
import { findNamedSender, parseSignalNote, unnamedSender } from '../model/signal-note.ts'
import { persistentActivities } from './activities.ts'
import { CommandQueue } from './command-queue.ts'
import { TrialMessages } from './trial-messages.ts'

/**
 * Registers the signals of B12. Input that is not a command, or names an unknown agent, is logged and ignored, because a signal cannot be
 * rejected.
 * @param record what is done once a command was handled; later commands do not wait for it
 */
export function handleCommandSignals(
  commands: CommandQueue,
  handle: (request: CommandRequest) => void | Promise<void>,
  record: (request: CommandRequest) => void | Promise<void> = () => undefined,
): void {
  const ignored = (reason?: string) => log.warn('A signal was ignored', { reason })
  const validated = async (candidate: unknown, note?: unknown) => {
    const parsed = commandSchema.safeParse(candidate)
    if (!parsed.success) return ignored(describeIssue(parsed.error, 'the signal'))
    const { by = unnamedSender, reason = 'a signal' } = parseSignalNote(note)
    const request = { command: parsed.data, by, reason }
    await commands
      .enqueue(request.command, () => handle(request))
      .then(() => record(request))
      .catch((error) => {
        if (error instanceof TemporalFailure) ignored(error.message)
        else throw error
      })
  }
  setHandler(increaseAggressivenessSignal, (note) => validated({ type: 'increaseAggressiveness' }, note))
  setHandler(decreaseAggressivenessSignal, (note) => validated({ type: 'decreaseAggressiveness' }, note))
  setHandler(focusOnAgentSignal, (focus) => {
    const { agent, ...note } = typeof focus === 'object' && focus !== null ? focus : { agent: focus }
    return validated({ type: 'focusOnAgent', agentId: agent }, note)
  })
  setHandler(optimizeSystemPerformanceSignal, (note) => validated({ type: 'optimizeSystemPerformance' }, note))
  setHandler(reduceResourceConsumptionSignal, (note) => validated({ type: 'reduceResourceConsumption' }, note))
  setHandler(pauseSignal, (note) => validated({ type: 'pause' }, note))
  setHandler(resumeSignal, (note) => validated({ type: 'resume' }, note))
  setHandler(abortTrialsSignal, (note) => validated({ type: 'abort' }, note))
}

/** The policy of one cycle: that of the optimizer workflow at its start, changed by the signals that the cycle itself receives. */
export class CycleSteering {
  private base: Policy | null = null
  private readonly target: string | undefined
  private readonly isAutomatic: boolean
  private readonly commands: Command[] = []
  private readonly recordsCommands = patched('recorded-commands-to-cycles')
  readonly trials = new TrialMessages()

  /** @param isAutomatic whether the optimizer itself chose the target; a person's focus then wins */
  constructor(target: string | undefined, isAutomatic: boolean) {
    this.target = target
    this.isAutomatic = isAutomatic
    handleCommandSignals(
      new CommandQueue(),
      ({ command, by, reason }) => {
        this.commands.push(command)
        if (command.type === 'abort') this.trials.rollBackAll(`everything was aborted: ${reason}`, findNamedSender(by))
      },
      async (request) => {
        if (this.recordsCommands) await CancellationScope.nonCancellable(() => persistentActivities.recordCommandToCycle(request))
      },
    )
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
