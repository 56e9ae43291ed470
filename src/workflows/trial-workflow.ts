/** The workflow `trial`: the same saga on its own, for trials that must not delay a cycle. */
import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  startChild,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import type { StrategyRef, TrialOutcome } from '../contract/activities.ts'
import { rollBackSignal } from '../contract/messages.ts'
import { searchAttributes } from '../contract/search-attributes.ts'
import { trialWorkflowId } from '../contract/workflows.ts'
import { type ApprovalTrialInput, approvalTrialInputSchema, type TrialInput, trialInputSchema } from '../model/commands.ts'
import { persistentActivities, quickActivities } from './activities.ts'
import { ApprovalGate } from './approval-gate.ts'
import { handleKeepSignal } from './cycle-steering.ts'
import { formatApprovalDetails, formatTrialDetails } from './details.ts'
import { runTrial, toCancellationFailure } from './trial.ts'
import { TrialControl } from './trial-control.ts'

/** A trial on its own: requested by a person, or planned by a cycle and waiting for approval. */
export async function trial(input: TrialInput | ApprovalTrialInput): Promise<TrialOutcome> {
  const data = parseTrialInput(input)
  const wishes = new TrialControl()
  setHandler(rollBackSignal, (_trialId, reason) => wishes.rollBack(reason))
  handleKeepSignal((wish) => {
    if (wish.trialId === data.strategyId) wishes.keep(wish)
  })
  const outcome = 'values' in data ? await runRequestedTrial(data, wishes) : await runApprovedTrial(data, wishes)
  const { consideredCancelled: isCancelled } = CancellationScope.current()
  upsertSearchAttributes([
    { key: searchAttributes.phase, value: isCancelled ? 'cancelled' : 'completed' },
    { key: searchAttributes.verdict, value: [outcome.verdict] },
    { key: searchAttributes.improvement, value: outcome.improvement },
  ])
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished))
  // The trial ends quietly when it is cancelled; its workflow says so.
  if (isCancelled) await CancellationScope.current().cancelRequested
  return outcome
}

function parseTrialInput(input: unknown): TrialInput | ApprovalTrialInput {
  const isRequest = typeof input === 'object' && input !== null && 'values' in input
  const parsed = (isRequest ? trialInputSchema : approvalTrialInputSchema).safeParse(input)
  if (parsed.success) return parsed.data
  throw ApplicationFailure.nonRetryable(`Trial input: ${parsed.error.issues[0]?.message}`, 'invalid-input')
}

async function runRequestedTrial(input: TrialInput, wishes: TrialControl): Promise<TrialOutcome> {
  upsertSearchAttributes([{ key: searchAttributes.target, value: [input.agentId] }])
  return await runWithDetails(await quickActivities.plan(input), wishes)
}

/** Changes nothing before it is approved. */
async function runApprovedTrial({ strategyId: trialId }: ApprovalTrialInput, wishes: TrialControl): Promise<TrialOutcome> {
  const approval = new ApprovalGate(trialId)
  const asked = await quickActivities.ask({ trialId })
  const { strategy } = asked
  upsertSearchAttributes([
    { key: searchAttributes.target, value: [strategy.agentId] },
    { key: searchAttributes.phase, value: 'waiting for approval' },
  ])
  setCurrentDetails(formatApprovalDetails(asked))
  const refusal = await approval.awaitDecision(
    asked,
    (work) => wishes.waitInterruptibly(work),
    () => toCancellationFailure(wishes),
  )
  if (!refusal) return await runWithDetails(strategy, wishes)
  const outcome = await CancellationScope.nonCancellable(() =>
    persistentActivities.conclude({ trialId, cycleId: null, verdict: null, failure: refusal }),
  )
  setCurrentDetails(formatTrialDetails(strategy, outcome))
  return outcome
}

async function runWithDetails(strategy: StrategyRef, wishes: TrialControl): Promise<TrialOutcome> {
  upsertSearchAttributes([{ key: searchAttributes.phase, value: 'execute and measure' }])
  setCurrentDetails(formatTrialDetails(strategy, null))
  const outcome = await wishes.runInterruptibly(() => runTrial(strategy, null, wishes))
  setCurrentDetails(formatTrialDetails(strategy, outcome))
  return outcome
}

/** Starts a workflow, which outlives the cycle, for a strategy that needs approval. */
export async function startApprovalTrial(strategy: StrategyRef): Promise<string> {
  const workflowId = trialWorkflowId(strategy.id)
  await startChild(trial, {
    workflowId,
    args: [{ strategyId: strategy.id }],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `Waiting for approval: ${strategy.description}`,
  })
  return workflowId
}
