/** What travels between workflows and activities: ids and summaries only, the data stays in PostgreSQL (claim check). */
import type { Severity } from '../model/bottleneck.ts'
import type { AgentRestore, KeepRequest, OperatorNote, TrialInput, TrialRestore } from '../model/commands.ts'
import type { CycleSummary } from '../model/cycle.ts'
import type { JudgedMetric } from '../model/knob.ts'
import type { Policy } from '../model/policy.ts'
import type { StrategyType } from '../model/strategy.ts'
import type { Verdict } from '../model/trial.ts'

export interface StrategyRef {
  id: string
  type: StrategyType
  agentId: string
  priority: Severity
  description: string
  /** The knobs it turns, from which value to which. */
  changes: string
  /** A person has to approve it first. */
  asks?: boolean
}

/** What a person is asked to approve. */
export interface ApprovalRequest {
  strategy: StrategyRef
  waitMs: number
  /** Markdown for whoever decides: what would change, why, and what speaks for caution. */
  details: string
}

export interface CollectResult {
  snapshotId: string
  agents: number
  /** Sources that were late or missing, in words. */
  gaps: string[]
  collectMs: number
}

export interface DetectResult {
  bottlenecks: { total: number; worst: Severity | null; lines: string[] }
  /** Best first. */
  strategies: StrategyRef[]
  skipped: string[]
  detectMs: number
  /** Of the strategies' agents, those that speak with each other: no two trials run on such a pair at once. */
  pairs: [agentId: string, other: string][]
  /** `concurrent` is the cap of trials at once at aggressiveness 3. */
  budget: { cycleMs: number; trialMs: number; concurrent: number }
}

/** How far a change has come: some instances try it, proven it goes to half of them, then to all. */
export type ExecuteStep = 'candidate' | 'half' | 'all'
export type MeasureStep = Exclude<ExecuteStep, 'all'>

export interface ExecuteResult {
  version: number
  /** Those that were given the change by this step; none where the step adds nothing. */
  instances: string[]
  /** Those that did not answer when it went to all. */
  silent?: string[]
}

export interface MeasureResult {
  verdict: Verdict
  reason: string
}

export interface TrialOutcome {
  trialId: string
  agentId: string
  verdict: Verdict | 'not-started'
  metric: JudgedMetric
  improvement: number | null
  interval: [number, number] | null
  reason: string
  /** Of a trial that was not started, because others run that are in the way. */
  inTheWay?: boolean
}

/** What came of putting something back. */
export interface RestoreResult {
  /** `already`: it was so before; `nothing`: it was never applied; `given-up`: an operator ended it before all instances confirmed. */
  outcome: 'done' | 'already' | 'nothing' | 'given-up'
  /** What could not be put back, and why; what somebody set since and stays. */
  issues: string[]
}

/** Why a saga ended without a verdict of `measure`. */
export interface TrialFailure {
  /** An error's code; `asked` when a person wanted the roll-back, `cancelled` when the workflow was. */
  code: string
  reason: string
}

export interface ReportResult {
  summary: CycleSummary
  overallImprovement: number
}

/** The card's verbs and what they need around them. */
export interface Activities {
  readPolicy(): Promise<Policy>
  /** The policy as recorded, with how many changes of cycles were proven and not. */
  loadPolicy(): Promise<{ policy: Policy; proven: number; unproven: number }>
  /** @throws `unknown-agent` */
  requireAgent(input: { agentId: string }): Promise<void>
  /** Finds what cycles and trials left open whose workflow ended without them, and has it put back. */
  sweep(): Promise<{ restoring: string[] }>
  /** Looks again at what was kept lately, and has put back what does late harm. */
  watch(): Promise<{ takenBack: string[] }>
  collect(input: { cycleId: string; runId: string; target?: string; dryRun?: boolean }): Promise<CollectResult>
  detect(input: { cycleId: string; snapshotId: string; policy: Policy }): Promise<DetectResult>
  /** Writes the strategy of a person's request; the agent's client would refuse what this lets pass. */
  plan(input: TrialInput): Promise<StrategyRef>
  /** Records that a person is asked to approve a cycle's strategy; again, it changes nothing. */
  ask(input: { trialId: string }): Promise<ApprovalRequest>
  recordApproval(input: {
    trialId: string
    state: 'approved' | 'declined' | 'timed-out' | 'withdrawn'
    by: string | null
    reason: string
  }): Promise<void>
  /**
   * The aggressiveness of whoever carries it out decides beside how many others a trial may begin; left out, the policy's.
   */
  execute(input: { trialId: string; step: ExecuteStep; aggressiveness?: number }): Promise<ExecuteResult>
  measure(input: { trialId: string; step: MeasureStep }): Promise<MeasureResult>
  restore(input: TrialRestore): Promise<RestoreResult>
  /** Puts back all settings of an agent. A request that is repeated, by its id, writes one version. */
  rewind(input: AgentRestore & { requestId: string }): Promise<RestoreResult>
  /** Ends a `restore` or `rewind` that cannot reach every instance, as an operator decided. */
  giveUp(input: { of: { trialId: string } | { agentId: string; requestId: string }; note: OperatorNote }): Promise<RestoreResult>
  /** Writes the result. `failure` is why the saga ended without a verdict of `measure`, `keptBy` who kept it without one. */
  conclude(input: {
    trialId: string
    cycleId: string | null
    verdict: Verdict | null
    failure: TrialFailure | null
    keptBy?: KeepRequest | null
  }): Promise<TrialOutcome>
  report(input: {
    cycleId: string
    phases: Record<string, number>
    state: 'completed' | 'failed' | 'cancelled'
    /** Strategies that were not carried out, by id, and why. */
    left: Record<string, string>
    /** Nobody is told. */
    dryRun?: boolean
  }): Promise<ReportResult>
  /** Sets the Schedule's interval to the fleet's health; returns its minutes. */
  setCadence(input: { worst: Severity | null; aggressiveness: number }): Promise<number>
  /** Starts a scheduled cycle at once; skipped while one runs. */
  triggerCycle(): Promise<void>
  /** Once this is done no trial begins, and every one that began before is recorded. */
  pause(input: { by: string; reason: string }): Promise<void>
  resume(input?: { by: string; reason: string }): Promise<void>
  /** Has every running trial put back, wherever it is carried out. */
  rollBackAll(input: { reason: string }): Promise<void>
  /** Adds what changed to the record, but for a pause, which `pause` and `resume` record. */
  recordPolicyChange(input: { before: Policy; after: Policy; by: string; reason: string }): Promise<void>
}
