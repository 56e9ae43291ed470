/** Signals, queries and updates of the workflows, shared with their senders. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { AgentUnderperformance, PerformanceAlert, ResourceConstraintWarning } from '../model/alert-signals.ts'
import type { ApprovalDecision, ApprovalOutcome } from '../model/approval.ts'
import type { CommandRequest, KeepRequest, OperatorNote, RollbackRequest } from '../model/commands.ts'
import type { CycleSummary, OptimizerState } from '../model/cycle.ts'
import type { Policy } from '../model/policy.ts'
import type { SignalNote } from '../model/signal-note.ts'
import type { RestoreResult } from './activities.ts'
import type { TrialEndResult } from './workflows.ts'

/** The reason, or who sends the signal and why. */
type Note = string | SignalNote

/** Commands (B12): permanent on the optimizer workflow; on a cycle, for the rest of it. */
export const increaseAggressivenessSignal = defineSignal<[note?: Note]>('increaseAggressiveness')
export const decreaseAggressivenessSignal = defineSignal<[note?: Note]>('decreaseAggressiveness')
export const focusOnAgentSignal = defineSignal<[agent: string | ({ agent: string } & SignalNote)]>('focusOnAgent')
export const optimizeSystemPerformanceSignal = defineSignal<[note?: Note]>('optimizeSystemPerformance')
export const reduceResourceConsumptionSignal = defineSignal<[note?: Note]>('reduceResourceConsumption')
export const pauseSignal = defineSignal<[note?: Note]>('pause')
export const resumeSignal = defineSignal<[note?: Note]>('resume')
/** The kill switch: pauses, and rolls back every running trial. */
export const abortTrialsSignal = defineSignal<[note?: Note]>('abort')

/** Alerts (B12), to the optimizer workflow. */
export const performanceAlertSignal = defineSignal<[PerformanceAlert]>('performanceAlert')
export const agentUnderperformanceSignal = defineSignal<[AgentUnderperformance]>('agentUnderperformance')
export const resourceConstraintWarningSignal = defineSignal<[ResourceConstraintWarning]>('resourceConstraintWarning')

/** To a cycle or trial: end this trial, or all if none is named, and restore the previous configuration. */
export const rollBackSignal = defineSignal<[trial?: string | RollbackRequest | null, note?: Note]>('rollBack')
/** The same for one trial, by name. Answers once it has ended. */
export const rollBackUpdate = defineUpdate<TrialEndResult, [RollbackRequest]>('rollBack')

/** To a cycle or trial: end this trial and keep its change, proven or not. */
export const keepSignal = defineSignal<[KeepRequest]>('keep')
/** The same. Answers once the trial has ended. */
export const keepUpdate = defineUpdate<TrialEndResult, [KeepRequest]>('keep')

/** To a trial outside a cycle: look at it now, not when the next look is due. */
export const lookNowSignal = defineSignal('lookNow')

/** To a trial that waits for approval: whether it may start. Answers with the decision in force, which is the first one made. */
export const approveUpdate = defineUpdate<ApprovalOutcome, [ApprovalDecision]>('approve')

/** To a restore: end it before every instance confirmed. Answers once it has ended. */
export const giveUpUpdate = defineUpdate<RestoreResult, [OperatorNote]>('giveUp')

/** To the optimizer workflow: the outcome of a finished cycle. */
export const cycleFinishedSignal = defineSignal<[CycleSummary]>('cycleFinished')

export const statusQuery = defineQuery<OptimizerState>('status')
export const policyQuery = defineQuery<Policy>('policy')
export const readPolicyUpdate = defineUpdate<Policy>('readPolicy')
/** The same commands as an update: validated, and answered with the new policy. */
export const commandUpdate = defineUpdate<Policy, [CommandRequest]>('command')
