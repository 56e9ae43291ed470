import { setImmediate } from 'node:timers'
import {
  type Client,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowUpdateHandle,
} from '@temporalio/client'
import type { ApplicationFailure, UpdateDefinition } from '@temporalio/common'
import { keepSignal, keepUpdate, rollBackSignal, rollBackUpdate } from '../contract/messages.ts'
import type { TrialEndResult } from '../contract/workflows.ts'
import { formatRollbackReason, type KeepRequest, type RollbackRequest } from '../model/commands.ts'
import { OptimizerError } from '../model/errors.ts'
import { waitForAnswer, waitForWorkflowResult } from '../temporal/waiting.ts'

/** Waits for the end of a trial; null if its workflow ended without an answer. */
export type WaitForTrialEnd = (signal?: AbortSignal) => Promise<TrialEndResult | null>

/** The refusals of a workflow that does not carry out the trial, or no longer does. */
const notCarriedOut = ['trial-over', 'unknown-trial']

/** Asks the workflow with this id to roll back a trial; undefined if it does not carry it out. */
export async function requestRollback(temporal: Client, workflowId: string, request: RollbackRequest) {
  const handle = temporal.workflow.getHandle(workflowId)
  return await requestEnd(temporal, workflowId, rollBackUpdate, request, () =>
    handle.signal(rollBackSignal, request.trialId, formatRollbackReason(request)),
  )
}

/**
 * Asks the workflow with this id to keep a trial's change; undefined if it does not carry it out.
 * @throws OptimizerError `not-running`
 */
export async function requestKeep(temporal: Client, workflowId: string, request: KeepRequest) {
  const handle = temporal.workflow.getHandle(workflowId)
  return await requestEnd(temporal, workflowId, keepUpdate, request, () => handle.signal(keepSignal, request))
}

/** @param signalInstead makes the same request to a workflow whose code does not have the update yet */
async function requestEnd<Request>(
  temporal: Client,
  workflowId: string,
  update: UpdateDefinition<TrialEndResult, [Request]>,
  request: Request,
  signalInstead: () => Promise<void>,
): Promise<WaitForTrialEnd | undefined> {
  const handle = temporal.workflow.getHandle(workflowId)
  try {
    const accepted = await handle.startUpdate<TrialEndResult, [Request]>(update, { args: [request], waitForStage: 'ACCEPTED' })
    const refused = await refusalOf(temporal, accepted)
    if (!refused) return (signal) => answerOf(waitForAnswer(temporal.connection, () => accepted.result(), signal))
    if (!refused.type) {
      await signalInstead()
      return (signal) => answerOf(waitForWorkflowResult(handle, signal).then(() => null))
    }
    if (notCarriedOut.includes(refused.type)) return undefined
    throw new OptimizerError(refused.type, refused.message, { cause: refused })
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined
    throw error
  }
}

/** A workflow that fails or is terminated gives no answer: null. */
async function answerOf(waiting: Promise<TrialEndResult | null>): Promise<TrialEndResult | null> {
  try {
    return await waiting
  } catch (error) {
    const unanswered = [WorkflowFailedError, WorkflowUpdateFailedError, WorkflowNotFoundError]
    if (unanswered.some((type) => error instanceof type)) return null
    throw error
  }
}

/**
 * The reason why an update was refused; undefined if it was accepted. It has no `type` if the workflow's code does not have the
 * update. The result of a refused update is already known, without a call.
 */
async function refusalOf(
  { connection }: Client,
  update: WorkflowUpdateHandle<TrialEndResult>,
): Promise<ApplicationFailure | undefined> {
  const stop = new AbortController()
  const known = connection.withAbortSignal(stop.signal, () => update.result())
  setImmediate(() => stop.abort())
  return await known.then(
    () => undefined,
    (error) => (error instanceof WorkflowUpdateFailedError ? (error.cause as ApplicationFailure) : undefined),
  )
}
