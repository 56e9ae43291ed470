import { randomUUID } from 'node:crypto'
import type { CycleReport, CycleReportResponse } from '../messaging/orchestrator-protocol.ts'
import type { AgentState, ConfigurationInForce, Decision, Execution, Message, SelfReport } from '../messaging/protocol.ts'
import type { Command } from '../model/commands.ts'
import type { KnobValues } from '../model/knob.ts'
import type { MetricValues } from '../model/metric-value.ts'
import type { Policy } from '../model/policy.ts'
import { toStorableText } from '../model/text.ts'
import type { AppliedConfiguration, ChangeListener } from './configuration.ts'
import type { ExecutionUsage } from './execution-usage.ts'
import type { ExecutionsInFlight } from './executions-in-flight.ts'
import type { ProcessMonitor } from './monitor.ts'
import type { Reporter } from './reporter.ts'
import type { Session } from './session.ts'
import type { Transport } from './transport.ts'

/** A report whose `id`, `at` and `version` default to a new id, the current time and the version in force. */
type Reported<Entry> = Omit<Entry, 'id' | 'at' | 'version'> & Partial<Pick<Entry, keyof Entry & ('id' | 'at' | 'version')>>

/** The execution that `Agent.run` is about to report. */
export interface RunningExecution {
  /** For scores that come later; see `Agent.reportScore`. */
  id: string
  /** Reports metrics with the execution, such as `{ costUsd: 0.0031 }`; a later value replaces an earlier one. */
  record(metrics: MetricValues): void
}

/** An agent's connection to the optimizer. Reporting never throws and never waits. */
export class Agent {
  readonly #configuration: AppliedConfiguration
  readonly #transport: Transport
  readonly #session: Session
  readonly #reporter: Reporter
  readonly #monitor: ProcessMonitor
  readonly #inFlight: ExecutionsInFlight
  readonly #usage: ExecutionUsage | undefined

  /** Use `connectAgent`. */
  constructor(
    configuration: AppliedConfiguration,
    transport: Transport,
    session: Session,
    reporter: Reporter,
    monitor: ProcessMonitor,
    inFlight: ExecutionsInFlight,
    usage: ExecutionUsage | undefined,
  ) {
    this.#configuration = configuration
    this.#transport = transport
    this.#session = session
    this.#reporter = reporter
    this.#monitor = monitor
    this.#inFlight = inFlight
    this.#usage = usage
  }

  /** The version and values in force. Always valid and frozen; a new object for every version. */
  get configuration(): ConfigurationInForce {
    return this.#configuration.current
  }

  get values(): KnobValues {
    return this.configuration.values
  }

  /** Calls a listener whenever another version has come into force; the returned function unsubscribes it. A listener must not throw. */
  onChange(listener: ChangeListener): () => void {
    return this.#configuration.onChange(listener)
  }

  /** Numbers of lost reports: refused as malformed, dropped while the optimizer was away, and rejected by it. */
  get losses(): { refused: number; dropped: number; rejected: number } {
    return this.#reporter.losses
  }

  /**
   * Runs one unit of the agent's work and reports its duration and success, tagged with the version in force when it
   * started. Returns what the work returns; an error is reported and rethrown.
   */
  async run<Output>(
    type: string,
    work: (configuration: ConfigurationInForce, execution: RunningExecution) => Output | Promise<Output>,
  ): Promise<Output> {
    const configuration = this.configuration
    const begun = this.beginExecution(type)
    const startedAt = performance.now()
    const metrics: Record<string, number> = {}
    const usedBefore = this.#usage?.begin() ?? 0
    const report = (outcome: Pick<Execution, 'success' | 'error' | 'output'>) => {
      // Metrics that the work itself reports take precedence.
      Object.assign(metrics, { ...this.#usage?.end(usedBefore), ...(this.#usage && this.#monitor.eventLoopDelay), ...metrics })
      this.reportExecution({
        ...begun,
        durationMs: performance.now() - startedAt,
        ...(Object.keys(metrics).length > 0 && { metrics }),
        ...outcome,
      })
    }
    try {
      const output = await work(configuration, { id: begun.id, record: (values) => Object.assign(metrics, values) })
      report({ success: true })
      return output
    } catch (error) {
      report({ success: false, error: toStorableText(String(error instanceof Error ? error.message : error), 1_000) })
      throw error
    }
  }

  /**
   * For work that `run` does not run: the beginning of an execution, so that trials see it while it lasts. When it has finished, report
   * it by `reportExecution` with what this returns.
   */
  beginExecution(type: string): Pick<Execution, 'id' | 'type' | 'version'> {
    const begun = { id: randomUUID(), type, version: this.configuration.version }
    this.#inFlight.begin(begun)
    return begun
  }

  /** `durationMs` in milliseconds, `at` (when it finished) in milliseconds since the epoch. */
  reportExecution(execution: Reported<Execution>): void {
    if (execution.id !== undefined) this.#inFlight.end(execution.id)
    this.#reporter.add('executions', { id: randomUUID(), at: Date.now(), version: this.configuration.version, ...execution })
  }

  /** Adds metrics to an execution that was reported before, such as the judgement of a person or of another model. */
  reportScore(executionId: string, metrics: MetricValues): void {
    this.#reporter.add('scores', { executionId, at: Date.now(), metrics })
  }

  reportDecision(decision: Reported<Decision>): void {
    this.#reporter.add('decisions', { id: randomUUID(), at: Date.now(), ...decision })
  }

  /** A message to another agent: whether it arrived, how long it took (ms), whether the other side agreed. */
  reportMessage(message: Reported<Message>): void {
    this.#reporter.add('messages', { id: randomUUID(), at: Date.now(), version: this.configuration.version, ...message })
  }

  reportState(state: Reported<AgentState>): void {
    this.#reporter.add('states', { at: Date.now(), ...state })
  }

  selfReport(report: Reported<SelfReport>): void {
    this.#reporter.add('selfReports', { at: Date.now(), ...report })
  }

  /** For the strategic orchestrator: answers each cycle's results with new autonomy levels. NATS only. */
  onCycleReport(handler: (report: CycleReport) => CycleReportResponse | Promise<CycleReportResponse>): void {
    this.#transport.onCycleReport(handler)
  }

  /**
   * For the strategic orchestrator: gives the optimizer a command, and returns the policy after it.
   * @throws OptimizerError such as `unknown-agent` or `timeout`
   */
  command(command: Command, reason = ''): Promise<Policy> {
    return this.#transport.command({ command, reason })
  }

  /** Resolves when everything reported so far has reached the optimizer, or after `deadlineMs`. */
  flush(deadlineMs = 5_000): Promise<void> {
    return this.#reporter.flush(deadlineMs)
  }

  /** Sends the remaining reports, announces that this instance stops (within `deadlineMs` in total), and disconnects. */
  async close(deadlineMs = 2_000): Promise<void> {
    const deadline = Date.now() + deadlineMs
    this.#session.stop()
    this.#monitor.stop()
    await this.#reporter.flush(deadlineMs)
    this.#reporter.stop()
    await this.#session.leave(Math.max(0, deadline - Date.now()))
    await this.#transport.close()
  }
}
