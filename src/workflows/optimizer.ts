/** The `optimizer` workflow: holds the policy, takes every command, and adapts to the reports of the cycles. */
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  log,
  patched,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import { applyAdaptation } from '../analysis/policy/adaptation.ts'
import { applyCommand } from '../analysis/policy/apply-command.ts'
import { commandUpdate, cycleFinishedSignal, policyQuery, readPolicyUpdate, statusQuery } from '../contract/messages.ts'
import { pickWorseSeverity, type Severity } from '../model/bottleneck.ts'
import { type Command, type CommandRequest, commandRequestSchema } from '../model/commands.ts'
import {
  type CycleSummary,
  cycleSummarySchema,
  describePostponedCycle,
  MAX_CONSTRAINTS,
  type OptimizerState,
} from '../model/cycle.ts'
import { pluralize } from '../model/format.ts'
import { describeIssue } from '../model/issue.ts'
import { defaultPolicy, formatAutonomy, type Policy } from '../model/policy.ts'
import { findNamedSender } from '../model/signal-note.ts'
import { persistentActivities } from './activities.ts'
import { handleAlertSignals, type Shortage } from './alert-reactions.ts'
import { CommandQueue, rethrowCause } from './command-queue.ts'
import { handleCommandSignals } from './cycle-steering.ts'
import { createValidator } from './update-rejection.ts'

/** Cycles waiting for the end of a freeze window, as far as they are shown. */
const maxShown = 10
/** How long a performance alert shortens the time between cycles. */
const raisedMs = 3_600_000

const initial: OptimizerState = { policy: defaultPolicy, proven: 0, unproven: 0, lastCycle: null, cadenceMinutes: null }

/** @param carried the state of the previous run; by default the recorded policy */
export async function optimizer(carried?: OptimizerState): Promise<void> {
  await new OptimizerLoop(carried).run()
}

class OptimizerLoop {
  private state: OptimizerState
  /** Effects of the handlers' decisions, executed one after the other by the main loop. */
  private readonly effects: (() => Promise<void>)[] = []
  private readonly commands = new CommandQueue()
  /** Runs that started before there was a record record their decisions some time after they answered. */
  private readonly hasRecord = patched('policy-from-record')
  private readonly recordsUnchanged = patched('unchanged-recorded')
  private readonly boundsConstraints = patched('bounded-constraints')
  private isLoaded: boolean
  private recording: Promise<void> = Promise.resolve()

  constructor(carried?: OptimizerState) {
    this.state = carried ?? initial
    this.isLoaded = carried !== undefined || !this.hasRecord
    handleCommandSignals(this.commands, async ({ command, by, reason }) => void (await this.execute(command, by, reason)))
    handleAlertSignals({
      enqueue: (effect) => void this.effects.push(async () => void (await effect())),
      getFocus: () => this.state.policy.focus,
      raiseCadence: (severity) => this.raiseCadence(severity),
      constrain: (warning) => this.constrain(warning),
      getPostponed: () => this.state.postponed ?? [],
      setPostponed: (postponed) => {
        this.state = { ...this.state, postponed }
      },
    })
    setHandler(cycleFinishedSignal, (summary) => this.onCycleFinished(summary))
    setHandler(statusQuery, () => this.loaded())
    setHandler(policyQuery, () => this.loaded().policy)
    setHandler(readPolicyUpdate, () => this.read())
    const take = ({ command: order, by, reason }: CommandRequest) =>
      this.commands.enqueue(order, () => this.execute(order, by, reason))
    setHandler(commandUpdate, take, { validator: validate })
  }

  async run(): Promise<void> {
    if (!this.isLoaded) {
      this.state = { ...this.state, ...(await persistentActivities.loadPolicy()) }
      this.isLoaded = true
    }
    for (;;) {
      this.show()
      const mayRestart = () => workflowInfo().continueAsNewSuggested && allHandlersFinished()
      await condition(() => this.effects.length > 0 || mayRestart())
      for (let effect = this.effects.shift(); effect; effect = this.effects.shift()) {
        await effect().catch((error) => log.error('A side effect of a policy change failed permanently', { error }))
      }
      if (mayRestart() && this.effects.length === 0) await continueAsNew<typeof optimizer>(this.state)
    }
  }

  /** Queries cannot wait for the recorded policy. */
  private loaded(): OptimizerState {
    if (this.isLoaded) return this.state
    throw new Error('The recorded policy is still being read; query again, or run npx optimizer policy.')
  }

  private async read(): Promise<Policy> {
    if (!this.isLoaded) await condition(() => this.isLoaded)
    return this.state.policy
  }

  /** Executes a command, which is recorded once this is done. */
  private async execute(order: Command, by: string, reason: string): Promise<Policy> {
    if (!this.isLoaded) await condition(() => this.isLoaded)
    const why = order.type === 'abort' ? `${by} aborted everything: ${reason}` : reason
    const after = applyCommand(this.state.policy, order)
    const recorded = isSamePolicy(this.state.policy, after)
      ? this.recordUnchanged({ command: order, by, reason: why })
      : this.change(after, by, why)
    // A person's own decision about resources outlasts their shortage.
    if (order.type === 'optimizeSystemPerformance' || order.type === 'reduceResourceConsumption')
      this.state = { ...this.state, isConstrained: false }
    if (order.type === 'optimizeSystemPerformance')
      this.effects.push(async () => void (await persistentActivities.triggerCycle()))
    if (order.type === 'release') await this.release(order, by, why)
    if (order.type === 'pause' || order.type === 'resume' || order.type === 'abort') await this.brake(order.type, by, why)
    await recorded
    return this.state.policy
  }

  /** @throws ApplicationFailure `unknown-agent`, `unknown-knob` */
  private async release({ agentId, knob }: Extract<Command, { type: 'release' }>, by: string, reason: string): Promise<void> {
    await persistentActivities.release({ agentId, knob, by, reason }).catch(rethrowCause)
  }

  /** A release and an abort are recorded as such. */
  private recordUnchanged(request: CommandRequest): Promise<void> | undefined {
    const isRecorded = request.command.type === 'release' || request.command.type === 'abort'
    if (isRecorded || !this.recordsUnchanged) return undefined
    return this.record(() => persistentActivities.recordUnchangedPolicy(request))
  }

  /** Pauses, resumes and aborts take effect in the order in which they were given. */
  private brake(kind: 'pause' | 'resume' | 'abort', by: string, reason: string): Promise<void> {
    return this.record(async () => {
      if (kind === 'resume') return await persistentActivities.resume({ by, reason })
      await persistentActivities.pause({ by, reason, ...(kind === 'abort' && { aborts: true }) })
      if (kind === 'abort') await persistentActivities.rollBackAll({ reason, by: findNamedSender(by) })
    })
  }

  /** Writes sequentially, so that the record has the order in which the policy changed. */
  private record(write: () => Promise<void>): Promise<void> {
    this.recording = this.recording.catch(() => undefined).then(write)
    return this.recording
  }

  /** Anyone may send the signal by hand; an invalid summary must not stop this workflow. */
  private async onCycleFinished(summary: unknown): Promise<void> {
    const parsed = cycleSummarySchema.safeParse(summary)
    if (!parsed.success)
      return log.warn('An invalid cycleFinished signal was ignored', { reason: describeIssue(parsed.error, 'the summary') })
    if (!this.isLoaded) await condition(() => this.isLoaded)
    await Promise.all(this.learn(parsed.data)).catch((error) =>
      log.error('The results of a cycle could not be recorded', { error }),
    )
  }

  /** Autonomy follows proven success (B11), reputation the orchestrator (B15), cadence the fleet's health (A4). */
  private learn(summary: CycleSummary): (Promise<void> | undefined)[] {
    const proven = this.state.proven + summary.proven
    const unproven = this.state.unproven + summary.unproven
    this.state = { ...this.state, proven, unproven, lastCycle: summary }
    const { autonomy, autonomyByKind } = summary
    const reputation = summary.reputation ?? this.state.policy.reputation
    const trust = { autonomy, autonomyByKind, reputation }
    const learned = this.change({ ...this.state.policy, ...trust }, 'optimizer', `the results of ${summary.cycleId}`)
    const adapted = this.adapt(summary)
    this.effects.push(() => this.setCadence())
    return [learned, adapted]
  }

  /** For some time, cycles follow as quickly as for a bottleneck of this severity, whatever they find. */
  private async raiseCadence(severity: Severity): Promise<void> {
    if (pickWorseSeverity(severity, this.raisedSeverity) === severity)
      this.state = { ...this.state, raised: { severity, until: Date.now() + raisedMs } }
    await this.setCadence()
  }

  private get raisedSeverity(): Severity | null {
    return this.state.raised && this.state.raised.until > Date.now() ? this.state.raised.severity : null
  }

  private async setCadence(): Promise<void> {
    const worst = pickWorseSeverity(this.state.lastCycle?.worstSeverity ?? null, this.raisedSeverity)
    const cadenceMinutes = await persistentActivities.setCadence({ worst, aggressiveness: this.state.policy.aggressiveness })
    this.state = { ...this.state, cadenceMinutes }
  }

  /** While a resource is short, changes that need less are preferred, unless a person already decided so. */
  private async constrain({ resource, isOver, by, reason }: Shortage): Promise<void> {
    if (!this.isLoaded) await condition(() => this.isLoaded)
    const { constraints: before = [], policy } = this.state
    if (this.boundsConstraints && !isOver && before.length >= MAX_CONSTRAINTS && !before.includes(resource))
      return log.warn('A warning about a resource was ignored, because too many resources are already running short', {
        resource,
      })
    const constraints = isOver ? before.filter((other) => other !== resource) : [...new Set([...before, resource])]
    const begins = before.length === 0 && constraints.length > 0 && policy.resourceMode === 'normal'
    const ends = constraints.length === 0 && this.state.isConstrained === true
    this.state = { ...this.state, constraints, isConstrained: begins || (this.state.isConstrained && !ends) }
    if (!begins && !ends) return
    const resourceMode = begins ? 'reduce' : 'normal'
    const why = reason || `${resource} is ${begins ? 'short' : 'sufficient again'}`
    // A handler of a signal that fails would fail the workflow.
    await this.change({ ...policy, resourceMode }, by, why)?.catch((error) =>
      log.error('A policy change could not be recorded', { error }),
    )
  }

  /** Aggressiveness follows health, success and the time since the last gain (B16), close to the requested level. */
  private adapt({ adaptation }: CycleSummary): Promise<void> | undefined {
    if (!adaptation) return undefined
    const aggressiveness = applyAdaptation(this.state.policy, adaptation, adaptation.limits)
    return this.change({ ...this.state.policy, aggressiveness }, 'optimizer', adaptation.reason)
  }

  /** Resolves when the change is recorded; a pause is recorded by its brake. */
  private change(after: Policy, by: string, reason: string): Promise<void> | undefined {
    const before = this.state.policy
    if (isSamePolicy(before, after)) return undefined
    this.state = { ...this.state, policy: after }
    this.show()
    const write = () => persistentActivities.recordPolicyChange({ before, after, by, reason })
    if (this.hasRecord) return before.paused === after.paused ? this.record(write) : undefined
    this.effects.push(write)
    return undefined
  }

  private show(): void {
    const { policy: current, proven, unproven, lastCycle, postponed = [] } = this.state
    setCurrentDetails(
      [
        ...(current.paused ? ['**Paused**: no new trials will start.'] : []),
        `Aggressiveness **${current.aggressiveness}** · autonomy **${formatAutonomy(current)}** · reputation **${current.reputation.toFixed(2)}**`,
        `Focus: ${current.focus ?? 'the whole fleet'} · resources: ${current.resourceMode}`,
        ...postponed.slice(0, maxShown).map((cycle) => describePostponedCycle(cycle)),
        `${pluralize(proven, 'proven change')}, ${unproven} unproven · last cycle ${lastCycle?.cycleId ?? 'none'}`,
      ].join('\n\n'),
    )
  }
}

const isSamePolicy = (a: Policy, b: Policy) => JSON.stringify(a) === JSON.stringify(b)

const form = '{"command": {"type": "setAggressiveness", "level": 4}, "by": "ada", "reason": "a quiet weekend"}'
const validate = createValidator(commandRequestSchema, 'command', form)
