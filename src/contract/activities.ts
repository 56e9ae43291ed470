/** Data passed between workflows and activities: ids and summaries only; the rest stays in PostgreSQL (claim check). */
import type { Severity } from '../model/bottleneck.ts'
import type { AgentRestore, CommandRequest, KeepRequest, OperatorNote, TrialInput, TrialRestore } from '../model/commands.ts'
import type { CycleSummary, OptimizerState } from '../model/cycle.ts'
import type { MetricName, RecordWithDeclarations } from '../model/metric.ts'
import type { ProfileRequest } from '../model/performance-profile.ts'
import type { Policy } from '../model/policy.ts'
import type { RestoreOutcome } from '../model/restore-outcome.ts'
import type { StrategyType } from '../model/strategy.ts'
import type { Verdict } from '../model/trial.ts'
import type { ProfilePage, ProfilePlan, ProfileRefusal, ProfileTarget } from './profiles.ts'

/** The part of the policy that decides whether a trial may start. */
export type TrialPolicy = Pick<Policy, 'aggressiveness' | 'focus' | 'resourceMode'>

export interface StrategyRef {
  id: string
  type: StrategyType
  agentId: string
  priority: Severity
  description: string
  /** The knobs it turns, with their old and new values. */
  changes: string
  /** A person has to approve it first. */
  asks?: boolean
  /** Its instances restart, one after the other. */
  restarts?: boolean
  /** Its trial does not fit into a cycle. */
  alone?: boolean
}

/** A request for a person's approval. */
export interface ApprovalRequest {
  strategy: StrategyRef
  waitMs: number
  /** Markdown for the person who decides: what would change, why, and the risks. */
  details: string
}

export interface CollectResult {
  snapshotId: string
  agents: number
  /** Descriptions of sources that were late or missing. */
  gaps: string[]
  collectMs: number
}

/** As much of a plan as fits into one payload. */
export interface PlanPage {
  /** Best first. */
  strategies: StrategyRef[]
  /** Pairs of the strategies' agents that communicate: only one agent of a pair is tried at a time. */
  pairs: [agentId: string, other: string][]
  /** Where the next page begins; missing on the last one. */
  next?: number
}

/** The findings, and the first page of the plan. */
export interface DetectResult extends PlanPage {
  bottlenecks: { total: number; worst: Severity | null; lines: string[] }
  skipped: string[]
  detectMs: number
  budget: CycleBudget
}

/** The time and the room that a cycle has for trials. */
export interface CycleBudget {
  /** A trial starts only if it would end within this time of the start of the cycle. */
  cycleMs: number
  /** Longest duration of one trial. */
  trialMs: number
  /** Trials start within this time of the first one in any case. Missing in histories of earlier versions. */
  firstRoundMs?: number
  /** Maximum number of simultaneous trials at aggressiveness 3. */
  concurrent: number
}

/** The stage of a change: the candidate instances first; once proven, half of all instances, then all. */
export type ChangeStep = 'candidate' | 'half' | 'all'
/** For a freeze window, a trial outside a cycle is suspended, and resumed after it. */
export type ExecuteStep = ChangeStep | 'suspend' | 'resume' | 'switch'
export type MeasureStep = Exclude<ChangeStep, 'all'>

export interface ExecuteResult {
  /** The longest time to observe the step; missing after the last step and in histories of earlier versions. */
  observeMs?: number
  /** The trial runs outside a cycle: it is looked at from time to time. */
  isLong?: boolean
  version: number
  /** Those that were given the change by this step; none where the step adds nothing. */
  instances: string[]
  /** Those that did not answer when it went to all. */
  silent?: string[]
  /** A sentence about each one that confirmed it but runs with other values. */
  drifting?: string[]
}

export interface MeasureResult {
  verdict: Verdict
  reason: string
}

/** One look at a trial outside a cycle. */
export interface TrialLook {
  verdict: Verdict | 'continue'
  reason: string
  /** Milliseconds until the next look. */
  waitMs?: number
  /** The step required before the next look. */
  next?: 'suspend' | 'resume' | 'switch'
  /** The trial's remaining needs, in words. */
  progress?: string
}

export interface TrialOutcome extends RecordWithDeclarations {
  trialId: string
  agentId: string
  verdict: Verdict | 'not-started'
  metric: MetricName
  improvement: number | null
  interval: [number, number] | null
  reason: string
  /** The trial was not started because of other running trials. */
  inTheWay?: boolean
  /** The change was kept and rolled back before the trial was concluded. */
  undone?: boolean
}

/** The outcome of a restore. */
export interface RestoreResult {
  /**
   * `done`: verified on every instance; `already`: it was restored before; `nothing`: it was never applied; `superseded`: a later version
   * replaced some of it first; `incomplete`: some instances confirmed it but run with other values; `given-up`: an operator ended it before
   * all instances confirmed.
   */
  outcome: RestoreOutcome
  /** Settings that could not be restored or were replaced, instances that do not have them, and why. */
  issues: string[]
}

/** Why a saga ended without a verdict from `measure`. */
export interface TrialFailure {
  /** An error code; `asked` or `harmful` if a person requested the rollback, `cancelled` if the workflow was cancelled. */
  code: string
  reason: string
  /** The person who requested the rollback, if known. */
  by?: string | undefined
}

export interface ReportResult {
  summary: CycleSummary
  overallImprovement: number
}

/** The removals of one step of the retention. */
export interface RemovalResult {
  /** Partitions dropped or emptied at once. */
  partitions: number
  /** Rows deleted one by one. */
  rows: number
  /** Whether nothing is left that is older than it is kept. */
  isComplete: boolean
}

/** A freeze window forbids trials. */
export interface ActiveFreeze {
  /** Its end, milliseconds since the epoch. */
  until: number
}

/** The activities of the cycle, of trials and of the policy. */
export interface Activities {
  readPolicy(): Promise<Policy>
  /** The policy as recorded, with how many changes of cycles were proven and not, and the resources that are short. */
  loadPolicy(): Promise<Pick<OptimizerState, 'policy' | 'proven' | 'unproven' | 'constraints' | 'isConstrained'>>
  /** @throws `unknown-agent` */
  requireAgent(input: { agentId: string }): Promise<void>
  /** Finds cycles and trials left open by workflows that have ended, and starts the restores that are missing. */
  sweep(): Promise<{ restoring: string[] }>
  /** Checks recently kept changes again, and starts the restore of those that do harm. */
  watch(): Promise<{ rolledBack: string[] }>
  collect(input: { cycleId: string; runId: string; target?: string; dryRun?: boolean }): Promise<CollectResult>
  detect(input: { cycleId: string; snapshotId: string; policy: Policy; target?: string }): Promise<DetectResult>
  /** The next page of what `detect` planned. @throws `unknown-plan` */
  readPlan(input: { snapshotId: string; from: number }): Promise<PlanPage>
  /** Stores the strategy of a person's request; the agent's client refuses invalid values that pass here. */
  plan(input: TrialInput): Promise<StrategyRef>
  /** Records the request to approve a cycle's strategy; repeating it changes nothing. */
  ask(input: { trialId: string }): Promise<ApprovalRequest>
  recordApproval(input: {
    trialId: string
    state: 'approved' | 'declined' | 'timed-out' | 'withdrawn'
    by: string | null
    reason: string
  }): Promise<void>
  /**
   * `policy` decides whether the trial may start; by default, the policy in force.
   */
  execute(input: { trialId: string; step: ExecuteStep; policy?: TrialPolicy }): Promise<ExecuteResult>
  /** `observeMs` is what `execute` returned; by default, the configured time. */
  measure(input: { trialId: string; step: MeasureStep; observeMs?: number }): Promise<MeasureResult>
  /** Looks once at a trial outside a cycle. */
  look(input: { trialId: string; step: MeasureStep; observeMs: number }): Promise<TrialLook>
  restore(input: TrialRestore): Promise<RestoreResult>
  /** Restores all settings of an agent. Repeating a request with the same id writes no further version. */
  rewind(input: AgentRestore & { requestId: string }): Promise<RestoreResult>
  /** Ends a `restore` or `rewind` that cannot reach every instance, as an operator decided. */
  giveUp(input: { of: { trialId: string } | { agentId: string; requestId: string }; note: OperatorNote }): Promise<RestoreResult>
  /** Writes the result. `failure` is why the saga ended without a verdict from `measure`, `keptBy` who kept the change without one. */
  conclude(input: {
    trialId: string
    cycleId: string | null
    verdict: Verdict | null
    failure: TrialFailure | null
    keptBy?: KeepRequest | null
  }): Promise<TrialOutcome>
  report(input: {
    cycleId: string
    runId: string
    phases: Record<string, number>
    state: 'completed' | 'failed' | 'cancelled'
    /** Why strategies were not carried out, by strategy id. */
    left: Record<string, string>
    /** Publishes no results. */
    dryRun?: boolean
  }): Promise<ReportResult>
  /** Adapts the Schedule's interval to the fleet's health; returns it in minutes. */
  setCadence(input: { worst: Severity | null; aggressiveness: number }): Promise<number>
  /**
   * Starts a scheduled cycle now, or once the running one has ended; several requests in the meantime share it. For an alert about an agent, or about
   * the whole fleet (null), it starts none while a freeze window forbids trials there.
   */
  triggerCycle(input?: { agentId: string | null }): Promise<ActiveFreeze | undefined>
  /** Once this returns, no trial starts, and every trial started before is recorded. */
  pause(input: { by: string; reason: string; aborts?: boolean }): Promise<void>
  resume(input?: { by: string; reason: string }): Promise<void>
  /** Rolls back every running trial, whichever workflow runs it. */
  rollBackAll(input: { reason: string; by?: string }): Promise<void>
  /** Records that a knob, or all knobs of an agent, may be tried again. @throws `unknown-agent`, `unknown-knob` */
  release(input: { agentId: string; knob?: string; by: string; reason: string }): Promise<void>
  /** Starts a cycle of one agent now, unless it is in a freeze window. @throws `unknown-agent` */
  startFocusedCycle(input: { agentId: string }): Promise<ActiveFreeze | undefined>
  /** Takes readings, and raises, resolves and sends alerts, for some minutes. */
  monitor(): Promise<void>
  /** Removes data that is older than it is kept. */
  removeExpired(): Promise<RemovalResult>
  /**
   * Chooses the instances and workflows to profile. Where everything is asked for, agents that cannot be profiled are left out, with the
   * reason; the agents after another one, as many as a page has, with the `next` to ask for after. Without a page, all of them.
   * @throws `unknown-agent`, `unknown-instance`, `agent-away`, `profiling-unsupported`, `trial-running`
   */
  planProfiles(input: { request: ProfileRequest; page?: ProfilePage }): Promise<ProfilePlan>
  /** Takes a profile and stores it; repeating it returns the stored one. */
  takeProfile(input: { request: ProfileRequest; target: ProfileTarget }): Promise<{ profileId: number }>
  /** Publishes the reports of profiles, and why others were not taken; one line about each profile. */
  reportProfiles(input: { profileIds: number[]; refused?: ProfileRefusal[] }): Promise<{ lines: string[] }>
  /** Adds what changed to the record, but for a pause, which `pause` and `resume` record. */
  recordPolicyChange(input: { before: Policy; after: Policy; by: string; reason: string }): Promise<void>
  /** Records who gave a command that leaves the policy as it was. */
  recordUnchangedPolicy(input: CommandRequest): Promise<void>
  /** Records who gave a command to a running cycle alone, which leaves the policy as it is. */
  recordCommandToCycle(input: CommandRequest): Promise<void>
}
