/** The workflow `trial`: the same saga in a workflow of its own, for trials that must not delay a cycle. */
import {
  ApplicationFailure,
  CancellationScope,
  ParentClosePolicy,
  setCurrentDetails,
  startChild,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import type { StrategyRef, TrialOutcome } from '../contract/activities.ts'
import { searchAttributes } from '../contract/search-attributes.ts'
import { type TrialEnding, trialWorkflowId } from '../contract/workflows.ts'
import { type ApprovalTrialInput, approvalTrialInputSchema, type TrialInput, trialInputSchema } from '../model/commands.ts'
import { persistentActivities, quickActivities } from './activities.ts'
import { ApprovalGate } from './approval-gate.ts'
import { formatApprovalDetails, formatTrialDetails, titleOf } from './details.ts'
import { runTrial, toCancellationFailure } from './trial.ts'
import type { TrialControl } from './trial-control.ts'
import { TrialMessages } from './trial-messages.ts'
import { waitForUpdateHandlers } from './wait-for-update-handlers.ts'

/** A trial on its own: requested by a person, or planned by a cycle and waiting for approval. */
export async function trial(input: TrialInput | ApprovalTrialInput): Promise<TrialOutcome> {
  const data = parseTrialInput(input)
  try {
    return await carryOut(data)
  } finally {
    await waitForUpdateHandlers()
  }
}

async function carryOut(data: TrialInput | ApprovalTrialInput): Promise<TrialOutcome> {
  const outcome = await new TrialMessages().during(data.strategyId, (control) =>
    'values' in data ? runRequestedTrial(data, control) : runApprovedTrial(data, control),
  )
  const { consideredCancelled: isCancelled } = CancellationScope.current()
  upsertSearchAttributes([
    { key: searchAttributes.phase, value: isCancelled ? 'cancelled' : 'completed' },
    { key: searchAttributes.verdict, value: [outcome.verdict] },
    { key: searchAttributes.improvement, value: outcome.improvement },
  ])
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

async function runRequestedTrial(input: TrialInput, control: TrialControl): Promise<TrialOutcome> {
  upsertSearchAttributes([{ key: searchAttributes.target, value: [input.agentId] }])
  return await runWithDetails(await quickActivities.plan(input), control)
}

/** Changes nothing before it is approved. */
async function runApprovedTrial({ strategyId: trialId }: ApprovalTrialInput, control: TrialControl): Promise<TrialOutcome> {
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
    (work) => control.waitInterruptibly(work),
    () => toCancellationFailure(control),
  )
  if (!refusal) return await runWithDetails(strategy, control)
  const outcome = await CancellationScope.nonCancellable(() =>
    persistentActivities.conclude({ trialId, cycleId: null, verdict: null, failure: refusal }),
  )
  control.conclude({ ...neverApplied, trialId, reason: outcome.reason })
  setCurrentDetails(formatTrialDetails(strategy, outcome))
  return outcome
}

async function runWithDetails(strategy: StrategyRef, control: TrialControl): Promise<TrialOutcome> {
  upsertSearchAttributes([{ key: searchAttributes.phase, value: 'execute and measure' }])
  setCurrentDetails(formatTrialDetails(strategy, null))
  const outcome = await control.runInterruptibly(() => runTrial(strategy, null, control))
  setCurrentDetails(formatTrialDetails(strategy, outcome))
  return outcome
}

const neverApplied: Omit<TrialEnding, 'trialId' | 'reason'> = {
  kept: false,
  silent: [],
  restored: { outcome: 'nothing', issues: [] },
  handedOverTo: null,
}

/** Starts a workflow, which outlives the cycle, for a strategy that needs approval. */
export async function startApprovalTrial(strategy: StrategyRef): Promise<string> {
  const workflowId = trialWorkflowId(strategy.id)
  await startChild(trial, {
    workflowId,
    args: [{ strategyId: strategy.id }],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `Waiting for approval: ${titleOf(strategy)}`,
  })
  return workflowId
}
