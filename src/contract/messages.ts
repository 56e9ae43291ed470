/** Signals, queries and updates of the workflows, shared with everybody who sends them. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { Decided, Decision } from '../model/approval.ts'
import type { CommandRequest, KeepWish, Word } from '../model/commands.ts'
import type { ControlStatus, CycleSummary } from '../model/cycle.ts'
import type { Policy } from '../model/policy.ts'
import type { Restored } from './activities.ts'

/** B12. Each takes effect on the control workflow for good, on a cycle for its remaining time. */
export const increaseAggressiveness = defineSignal('increaseAggressiveness')
export const decreaseAggressiveness = defineSignal('decreaseAggressiveness')
export const focusOnAgent = defineSignal<[agent: string | { agent: string }]>('focusOnAgent')
export const optimizeSystemPerformance = defineSignal('optimizeSystemPerformance')
export const reduceResourceConsumption = defineSignal('reduceResourceConsumption')
export const pause = defineSignal<[reason?: string]>('pause')
export const resume = defineSignal<[reason?: string]>('resume')
/** The kill switch: paused, and every running trial is put back. */
export const abort = defineSignal<[reason?: string]>('abort')

/** To a cycle or trial: end this trial, or all, and put back what was there. */
export const rollBack = defineSignal<[trialId?: string, reason?: string]>('rollBack')

/** To a cycle or trial: end this trial and keep its change, proven or not. */
export const keep = defineSignal<[KeepWish]>('keep')

/** To a trial that waits for a person: whether it may begin. Answers with the decision that holds, which is the first. */
export const approve = defineUpdate<Decided, [Decision]>('approve')

/** To a restore: a person's word that ends it before every instance confirmed; answered once it has ended. */
export const giveUp = defineUpdate<Restored, [Word]>('giveUp')

/** A finished cycle tells the control workflow what it came to. */
export const cycleFinished = defineSignal<[CycleSummary]>('cycleFinished')

export const status = defineQuery<ControlStatus>('status')
export const policy = defineQuery<Policy>('policy')
export const readPolicy = defineUpdate<Policy>('readPolicy')
/** The validated form of the signals, with an answer. */
export const command = defineUpdate<Policy, [CommandRequest]>('command')
