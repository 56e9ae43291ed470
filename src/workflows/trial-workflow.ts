/** The workflow `trial`: the same saga on its own, for what must not hold up a cycle. */
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
import { rollBack } from '../contract/messages.ts'
import { searchAttributes } from '../contract/search-attributes.ts'
import { trialWorkflowId } from '../contract/workflows.ts'
import { type AskingTrial, askingTrialSchema, type TrialInput, trialInputSchema } from '../model/commands.ts'
import { persistent, quick } from './activities.ts'
import { Approval } from './approval.ts'
import { approvalDetails, trialDetails } from './details.ts'
import { handleKeep } from './steering.ts'
import { cancellation, runTrial } from './trial.ts'
import { Wishes } from './wishes.ts'

/** A trial on its own: what a person asks for, or what a cycle planned and a person has to approve first. */
export async function trial(input: TrialInput | AskingTrial): Promise<TrialOutcome> {
  const data = validated(input)
  const wishes = new Wishes()
  setHandler(rollBack, (_trialId, reason) => wishes.rollBack(reason))
  handleKeep((wish) => {
    if (wish.trialId === data.strategyId) wishes.keep(wish)
  })
  const outcome = 'values' in data ? await requested(data, wishes) : await approved(data, wishes)
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

function validated(input: unknown): TrialInput | AskingTrial {
  const isRequest = typeof input === 'object' && input !== null && 'values' in input
  const parsed = (isRequest ? trialInputSchema : askingTrialSchema).safeParse(input)
  if (parsed.success) return parsed.data
  throw ApplicationFailure.nonRetryable(`Trial input: ${parsed.error.issues[0]?.message}`, 'invalid-input')
}

async function requested(input: TrialInput, wishes: Wishes): Promise<TrialOutcome> {
  upsertSearchAttributes([{ key: searchAttributes.target, value: [input.agentId] }])
  return await shown(await quick.plan(input), wishes)
}

/** Nothing is touched before somebody has approved it. */
async function approved({ strategyId: trialId }: AskingTrial, wishes: Wishes): Promise<TrialOutcome> {
  const approval = new Approval(trialId)
  const asked = await quick.ask({ trialId })
  const { strategy } = asked
  upsertSearchAttributes([
    { key: searchAttributes.target, value: [strategy.agentId] },
    { key: searchAttributes.phase, value: 'waiting for approval' },
  ])
  setCurrentDetails(approvalDetails(asked))
  const refusal = await approval.refusal(
    asked,
    (work) => wishes.wait(work),
    () => cancellation(wishes),
  )
  if (!refusal) return await shown(strategy, wishes)
  const outcome = await CancellationScope.nonCancellable(() =>
    persistent.conclude({ trialId, cycleId: null, verdict: null, failure: refusal }),
  )
  setCurrentDetails(trialDetails(strategy, outcome))
  return outcome
}

async function shown(strategy: StrategyRef, wishes: Wishes): Promise<TrialOutcome> {
  upsertSearchAttributes([{ key: searchAttributes.phase, value: 'execute and measure' }])
  setCurrentDetails(trialDetails(strategy, null))
  const outcome = await wishes.run(() => runTrial(strategy, null, wishes))
  setCurrentDetails(trialDetails(strategy, outcome))
  return outcome
}

/** Hands a strategy that waits for a person to a workflow of its own, which outlives the cycle. */
export async function askFirst(strategy: StrategyRef): Promise<string> {
  const workflowId = trialWorkflowId(strategy.id)
  await startChild(trial, {
    workflowId,
    args: [{ strategyId: strategy.id }],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `Waits for approval: ${strategy.description}`,
  })
  return workflowId
}
