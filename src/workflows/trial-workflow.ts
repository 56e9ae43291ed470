/** The `trial` workflow: the same saga in a workflow of its own, for trials that must not delay a cycle. */
import {
  CancellationScope,
  ParentClosePolicy,
  patched,
  setCurrentDetails,
  startChild,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import type { ApprovalRequest, StrategyRef, TrialFailure, TrialOutcome } from '../contract/activities.ts'
import { searchAttributes } from '../contract/search-attributes.ts'
import { getTrialWorkflowId, type TrialEndResult } from '../contract/workflows.ts'
import {
  type ApprovalTrialInput,
  approvalTrialInputSchema,
  type LongTrialInput,
  longTrialInputSchema,
  type TrialInput,
  trialInputSchema,
} from '../model/commands.ts'
import { replaceInvisibleSender } from '../model/text.ts'
import { persistentActivities, quickActivities } from './activities.ts'
import { ApprovalGate } from './approval-gate.ts'
import { formatApprovalDetails, formatStrategyTitle, formatTrialDetails } from './details.ts'
import type { OperatorRequests } from './operator-requests.ts'
import { runTrial, toCancellationFailure, toTrialFailure } from './trial.ts'
import { TrialMessages } from './trial-messages.ts'
import { createInputFailure } from './update-rejection.ts'
import { waitForUpdateHandlers } from './wait-for-update-handlers.ts'

type AnyTrialInput = TrialInput | ApprovalTrialInput | LongTrialInput

/** A trial on its own: requested by a person, waiting for approval, or too long for the cycle that planned it. */
export async function trial(input: AnyTrialInput): Promise<TrialOutcome> {
  const data = parseTrialInput(input)
  try {
    return await carryOut(data)
  } finally {
    await waitForUpdateHandlers()
  }
}

async function carryOut(data: AnyTrialInput): Promise<TrialOutcome> {
  const isResumed = 'strategy' in data && data.resumed !== undefined
  const outcome = await new TrialMessages(data.strategyId, isResumed).during(data.strategyId, (control) => {
    if ('strategy' in data) return runLongTrial(data, control)
    return 'values' in data ? runRequestedTrial(data, control) : runApprovedTrial(data, control)
  })
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

function parseTrialInput(input: unknown): AnyTrialInput {
  const has = (key: string) => typeof input === 'object' && input !== null && key in input
  const schema = has('strategy') ? longTrialInputSchema : has('values') ? trialInputSchema : approvalTrialInputSchema
  const parsed = schema.safeParse(replaceInvisibleSender(input))
  if (parsed.success) return parsed.data
  const form = '{"strategyId": "opt_1_mine", "agentId": "…", "values": {"<knob>": <value>}, "requestedBy": "ada"}'
  throw createInputFailure(parsed.error, 'trial', form)
}

async function runRequestedTrial(input: TrialInput, control: OperatorRequests): Promise<TrialOutcome> {
  upsertSearchAttributes([{ key: searchAttributes.target, value: [input.agentId] }])
  return await runWithDetails(await quickActivities.plan(input), control)
}

/** Changes nothing before it is approved. */
async function runApprovedTrial({ strategyId }: ApprovalTrialInput, control: OperatorRequests): Promise<TrialOutcome> {
  const approval = new ApprovalGate(strategyId)
  try {
    const asked = await ask(strategyId)
    if ('code' in asked) return await concludeUntried(strategyId, asked, control)
    const refusal = await waitForDecision(asked, approval, control)
    if (!refusal) return await runWithDetails(asked.strategy, control)
    const outcome = await concludeUntried(strategyId, refusal, control)
    setCurrentDetails(formatTrialDetails(asked.strategy, outcome))
    return outcome
  } finally {
    approval.close()
  }
}

/** The request; or why there is none, because another cycle asked about the same knob first. */
async function ask(trialId: string): Promise<ApprovalRequest | TrialFailure> {
  try {
    return await quickActivities.ask({ trialId })
  } catch (error) {
    const failure = toTrialFailure(error)
    if (failure.code !== 'awaiting-decision' || !patched('competing-approval')) throw error
    return failure
  }
}

/** Why the trial may not start; null once a person has approved it. */
async function waitForDecision(
  asked: ApprovalRequest,
  approval: ApprovalGate,
  control: OperatorRequests,
): Promise<TrialFailure | null> {
  const { strategy } = asked
  upsertSearchAttributes([
    { key: searchAttributes.target, value: [strategy.agentId] },
    { key: searchAttributes.phase, value: 'waiting for approval' },
  ])
  setCurrentDetails(formatApprovalDetails(asked))
  return await approval.awaitDecision(
    asked,
    (work) => control.waitInterruptibly(work),
    () => toCancellationFailure(control),
  )
}

async function concludeUntried(trialId: string, refusal: TrialFailure, control: OperatorRequests): Promise<TrialOutcome> {
  const outcome = await CancellationScope.nonCancellable(() =>
    persistentActivities.conclude({ trialId, cycleId: null, verdict: null, failure: refusal }),
  )
  control.conclude({ ...neverApplied, trialId, reason: outcome.reason })
  return outcome
}

/** A cycle's trial that takes longer than the cycle, or the continuation of any trial in a new run. */
async function runLongTrial({ strategy, resumed }: LongTrialInput, control: OperatorRequests): Promise<TrialOutcome> {
  if (strategy.asks) new ApprovalGate(strategy.id).close()
  upsertSearchAttributes([{ key: searchAttributes.target, value: [strategy.agentId] }])
  return await runWithDetails(strategy, control, resumed)
}

async function runWithDetails(
  strategy: StrategyRef,
  control: OperatorRequests,
  resumed?: LongTrialInput['resumed'],
): Promise<TrialOutcome> {
  upsertSearchAttributes([{ key: searchAttributes.phase, value: 'execute and measure' }])
  setCurrentDetails(formatTrialDetails(strategy, null))
  const outcome = await control.runInterruptibly(() => runTrial(strategy, null, control, undefined, undefined, resumed))
  setCurrentDetails(formatTrialDetails(strategy, outcome))
  return outcome
}

const neverApplied: Omit<TrialEndResult, 'trialId' | 'reason'> = {
  kept: false,
  silent: [],
  restored: { outcome: 'nothing', issues: [] },
  handedOverTo: null,
}

/** Starts a workflow, which outlives the cycle, for a strategy that needs approval. */
export function startApprovalTrial(strategy: StrategyRef): Promise<string> {
  return startDetached({ strategyId: strategy.id }, `Waiting for approval: ${formatStrategyTitle(strategy)}`)
}

/** Starts a workflow, which outlives the cycle, for a strategy whose trial takes too long for it. */
export function startLongTrial(strategy: StrategyRef): Promise<string> {
  return startDetached({ strategyId: strategy.id, strategy }, formatStrategyTitle(strategy))
}

async function startDetached(input: ApprovalTrialInput | LongTrialInput, staticSummary: string): Promise<string> {
  const workflowId = getTrialWorkflowId(input.strategyId)
  await startChild(trial, { workflowId, args: [input], parentClosePolicy: ParentClosePolicy.ABANDON, staticSummary })
  return workflowId
}
