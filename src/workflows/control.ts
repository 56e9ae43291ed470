/** The workflow `optimizer`: holds the policy, takes every command, and adapts to the reports of the cycles. */
import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  log,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import { applyAdaptation } from '../analysis/policy/adaptation.ts'
import { applyCommand } from '../analysis/policy/apply-command.ts'
import { commandUpdate, cycleFinishedSignal, policyQuery, readPolicyUpdate, statusQuery } from '../contract/messages.ts'
import type { ControlState } from '../contract/workflows.ts'
import { type Command, type CommandRequest, commandRequestSchema } from '../model/commands.ts'
import { type ControlStatus, type CycleSummary, cycleSummarySchema } from '../model/cycle.ts'
import { defaultPolicy, formatAutonomy, type Policy } from '../model/policy.ts'
import { persistentActivities } from './activities.ts'
import { CommandQueue } from './command-queue.ts'
import { handleCommandSignals } from './cycle-steering.ts'

const initial: ControlState = { policy: defaultPolicy, proven: 0, unproven: 0, lastCycle: null, cadenceMinutes: null }

export async function optimizer(carried: ControlState = initial): Promise<void> {
  await new Control(carried).run()
}

class Control {
  private state: ControlState
  /** Effects of the decisions of the handlers, executed one after the other by the main loop. */
  private readonly effects: (() => Promise<void>)[] = []
  private readonly orders = new CommandQueue()
  private braking: Promise<void> = Promise.resolve()

  constructor(state: ControlState) {
    this.state = state
    handleCommandSignals(this.orders, async (order, reason) => void (await this.obey(order, 'signal', reason)))
    setHandler(cycleFinishedSignal, (summary) => this.hear(summary))
    setHandler(statusQuery, (): ControlStatus => this.state)
    setHandler(policyQuery, () => this.state.policy)
    setHandler(readPolicyUpdate, () => this.state.policy)
    const take = ({ command: order, by, reason }: CommandRequest) =>
      this.orders.enqueue(order, () => this.obey(order, by, reason))
    setHandler(commandUpdate, take, { validator: validate })
  }

  async run(): Promise<void> {
    for (;;) {
      this.show()
      const mayRestart = () => workflowInfo().continueAsNewSuggested && allHandlersFinished()
      await condition(() => this.effects.length > 0 || mayRestart())
      for (let effect = this.effects.shift(); effect; effect = this.effects.shift()) {
        await effect().catch((error) => log.error('An effect of a policy change failed permanently', { error }))
      }
      if (mayRestart() && this.effects.length === 0) await continueAsNew<typeof optimizer>(this.state)
    }
  }

  private async obey(order: Command, by: string, reason: string): Promise<Policy> {
    const why = order.type === 'abort' ? `${by} aborted everything: ${reason}` : reason
    this.change(applyCommand(this.state.policy, order), by, why)
    if (order.type === 'optimizeSystemPerformance') this.effects.push(() => persistentActivities.triggerCycle())
    if (order.type === 'pause' || order.type === 'resume' || order.type === 'abort') await this.brake(order.type, by, why)
    return this.state.policy
  }

  /** Waits for no other effect, only for earlier brakes: they hold in the order in which they were given, once answered. */
  private brake(kind: 'pause' | 'resume' | 'abort', by: string, reason: string): Promise<void> {
    this.braking = this.braking
      .catch(() => undefined)
      .then(async () => {
        if (kind === 'resume') return await persistentActivities.resume()
        await persistentActivities.pause({ by, reason })
        if (kind === 'abort') await persistentActivities.rollBackAll({ reason })
      })
    return this.braking
  }

  /** Anyone may send the signal by hand; an invalid summary must not stop this workflow. */
  private hear(summary: unknown): void {
    const parsed = cycleSummarySchema.safeParse(summary)
    if (parsed.success) this.learn(parsed.data)
    else log.warn('An invalid cycleFinished signal was ignored', { reason: parsed.error.issues[0]?.message })
  }

  /** Autonomy follows proven success (B11), reputation the orchestrator (B15), cadence the fleet's health (A4). */
  private learn(summary: CycleSummary): void {
    const proven = this.state.proven + summary.proven
    const unproven = this.state.unproven + summary.unproven
    this.state = { ...this.state, proven, unproven, lastCycle: summary }
    const { autonomy, autonomyByKind } = summary
    const reputation = summary.reputation ?? this.state.policy.reputation
    this.change({ ...this.state.policy, autonomy, autonomyByKind, reputation }, 'optimizer', `the results of ${summary.cycleId}`)
    this.adapt(summary)
    this.effects.push(async () => {
      const { worstSeverity: worst } = summary
      const cadenceMinutes = await persistentActivities.setCadence({ worst, aggressiveness: this.state.policy.aggressiveness })
      this.state = { ...this.state, cadenceMinutes }
    })
  }

  /** Aggressiveness follows health, success and the time since the last gain (B16), close to the requested level. */
  private adapt({ adaptation }: CycleSummary): void {
    if (!adaptation) return
    const aggressiveness = applyAdaptation(this.state.policy, adaptation, adaptation.limits)
    this.change({ ...this.state.policy, aggressiveness }, 'optimizer', adaptation.reason)
  }

  private change(after: Policy, by: string, reason: string): void {
    const before = this.state.policy
    if (JSON.stringify(before) === JSON.stringify(after)) return
    this.state = { ...this.state, policy: after }
    this.effects.push(() => persistentActivities.recordPolicyChange({ before, after, by, reason }))
  }

  private show(): void {
    const { policy: current, proven, unproven, lastCycle } = this.state
    setCurrentDetails(
      [
        ...(current.paused ? ['**Paused**: no trial starts.'] : []),
        `Aggressiveness **${current.aggressiveness}** · autonomy **${formatAutonomy(current)}** · reputation **${current.reputation.toFixed(2)}**`,
        `Focus: ${current.focus ?? 'the whole fleet'} · resources: ${current.resourceMode}`,
        `${proven} proven changes, ${unproven} not proven · last cycle ${lastCycle?.cycleId ?? 'none'}`,
      ].join('\n\n'),
    )
  }
}

function validate(request: CommandRequest): void {
  const parsed = commandRequestSchema.safeParse(request)
  if (!parsed.success) throw ApplicationFailure.nonRetryable(`Not a command: ${parsed.error.issues[0]?.message}`, 'invalid-input')
}
