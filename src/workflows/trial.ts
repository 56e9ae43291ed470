/** The saga: lock, apply, observe, judge, then keep or roll back. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  ContinueAsNew,
  isCancellation,
  ParentClosePolicy,
  startChild,
} from '@temporalio/workflow'
import type {
  ExecuteResult,
  MeasureResult,
  MeasureStep,
  StrategyRef,
  TrialFailure,
  TrialOutcome,
  TrialPolicy,
} from '../contract/activities.ts'
import { getRestoreWorkflowId, type TrialEndResult } from '../contract/workflows.ts'
import type { KeepRequest, TrialRestore } from '../model/commands.ts'
import type { Verdict } from '../model/trial.ts'
import {
  compensationActivities,
  getObservationTimeouts,
  observationActivities,
  persistentActivities,
  selectApplyActivities,
} from './activities.ts'
import { summarizeStep } from './details.ts'
import { observeLongTrial, type TrialContinuation } from './long-observation.ts'
import type { MeasureDecision, OperatorRequests } from './operator-requests.ts'
import { restore } from './restore.ts'
import { Saga } from './saga.ts'

/**
 * Carries out one strategy to one of two ends: the change is proven and on every instance, or everything is exactly as before.
 * Cancel the surrounding scope to roll back; the outcome is then returned, not thrown.
 * @param control operators' requests to this trial, and the answer to them
 * @param policy of the cycle; by default the policy in force
 * @param begun called once the candidates run with the change
 * @param resumed how far a previous run of the workflow came; the change is then in force
 * @throws ContinueAsNew to carry on in a new run, with the change in force
 */
export async function runTrial(
  strategy: StrategyRef,
  cycleId: string | null,
  control: OperatorRequests,
  policy?: TrialPolicy,
  begun: () => void = () => {},
  resumed?: TrialContinuation,
): Promise<TrialOutcome> {
  const trialId = strategy.id
  const saga = new Saga()
  let verdict: Verdict | null = null
  let failure: TrialFailure | null = null
  let keptBy: KeepRequest | null = null
  let unlike: Pick<TrialEndResult, 'silent' | 'drifting'> = { silent: [] }
  let undone: Undone | null = null
  let ended: string = 'ended'
  try {
    saga.register(async () => {
      undone = await restoreBaseline(strategy, failure?.code ?? ended, failure)
    })
    let measured: MeasureDecision
    if (resumed?.step === 'half') measured = { verdict: 'keep', reason: resumed.proof ?? '', keptBy: null }
    else {
      const applied = resumed ? { ...resumed, isLong: true } : await apply(strategy, policy)
      begun()
      measured = await control.measure(() => observe(strategy, { ...applied, step: 'candidate' }))
      await throwIfCancelled()
    }
    if (measured.verdict === 'keep')
      measured = await widen(strategy, measured, control, resumed?.step === 'half' ? resumed : undefined)
    ended = measured.verdict
    if (measured.verdict !== 'keep') await saga.compensate()
    keptBy = measured.keptBy
    unlike = { silent: measured.silent ?? [], drifting: measured.drifting }
    verdict = keptBy ? 'undecided' : measured.verdict
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error
    failure = isCancellation(error) ? toCancellationFailure(control) : toTrialFailure(error)
    await saga.compensate()
  }
  const concluding = {
    summary: summarizeStep(strategy, keptBy ? `kept by ${keptBy.by}` : (failure?.code ?? verdict ?? undefined)),
  }
  const outcome = await CancellationScope.nonCancellable(() =>
    persistentActivities.conclude.executeWithOptions(concluding, [{ trialId, cycleId, verdict, failure, keptBy }]),
  )
  const kept = undone === null && !outcome.undone && outcome.verdict !== 'roll-back'
  control.conclude({ trialId, kept, ...unlike, ...(undone ?? notUndone), reason: outcome.reason })
  return outcome
}

/** The outcome of the compensation: done here, or handed over. */
type Undone = Pick<TrialEndResult, 'restored' | 'handedOverTo'>
const notUndone: Undone = { restored: null, handedOverTo: null }

/** Applies a proven change to half of the instances, judges it again, and applies it to all; one that a person keeps goes to all at once. */
async function widen(
  strategy: StrategyRef,
  proven: MeasureDecision,
  control: OperatorRequests,
  resumed?: TrialContinuation,
): Promise<MeasureDecision> {
  const { id: trialId } = strategy
  const { execute } = selectApplyActivities(strategy)
  const why = proven.keptBy ? `kept by ${proven.keptBy.by}` : 'proven'
  const to = (part: string) => ({ summary: summarizeStep(strategy, `${why}, to ${part} instances`) })
  if (!proven.keptBy) {
    const half = resumed
      ? { observeMs: resumed.observeMs, isLong: true, instances: null }
      : await execute.executeWithOptions(to('half of the'), [{ trialId, step: 'half' }])
    await throwIfCancelled()
    if (half.instances?.length !== 0) {
      const { observeMs, isLong } = half
      const options = { step: 'half', observeMs, isLong, proof: proven.reason } as const
      const judged = await control.measure(() => observe(strategy, options, to('half of the').summary))
      await throwIfCancelled()
      if (judged.verdict !== 'keep') return judged
    }
  }
  const { silent, drifting } = await execute.executeWithOptions(to('all'), [{ trialId, step: 'all' }])
  await throwIfCancelled()
  return { ...proven, silent, drifting }
}

async function apply(strategy: StrategyRef, policy?: TrialPolicy): Promise<Pick<ExecuteResult, 'observeMs' | 'isLong'>> {
  const { execute } = selectApplyActivities(strategy, true)
  return await execute.executeWithOptions({ summary: summarizeStep(strategy) }, [
    { trialId: strategy.id, step: 'candidate', policy },
  ])
}

interface ObservationOptions extends Pick<ExecuteResult, 'observeMs' | 'isLong'> {
  step: MeasureStep
  proof?: string
}

function observe(
  strategy: StrategyRef,
  { step, observeMs, isLong, proof }: ObservationOptions,
  summary = summarizeStep(strategy),
): Promise<MeasureResult> {
  if (isLong && observeMs !== undefined)
    return observeLongTrial(strategy, { step, observeMs, ...(proof !== undefined && { proof }) })
  const input = { trialId: strategy.id, step, observeMs }
  return observationActivities.measure.executeWithOptions({ summary, ...getObservationTimeouts(observeMs) }, [input])
}

/** A step may complete although it was asked to stop; the request to roll back still counts. */
async function throwIfCancelled(): Promise<void> {
  if (CancellationScope.current().consideredCancelled) await CancellationScope.current().cancelRequested
}

/** The failure of a cancelled trial: a person requested it, or its workflow was cancelled. */
export function toCancellationFailure({ requestedRollBack }: OperatorRequests): TrialFailure {
  return requestedRollBack ?? { code: 'cancelled', reason: 'its workflow was cancelled' }
}

/** The failure of the last attempt, without its wrappers. */
export function toTrialFailure(error: unknown): TrialFailure {
  const failure = error instanceof ActivityFailure ? (error.cause ?? error) : error
  const code = failure instanceof ApplicationFailure ? (failure.type ?? 'failed') : 'failed'
  return { code, reason: failure instanceof Error ? failure.message : String(failure) }
}

/** Restores the previous configuration; what takes longer than a minute continues in a workflow of its own. */
async function restoreBaseline(strategy: StrategyRef, ended: string, failure: TrialFailure | null): Promise<Undone> {
  const options = { summary: summarizeStep(strategy, `${ended}, rolled back`) }
  const input: TrialRestore = {
    trialId: strategy.id,
    ...(failure?.by && { requestedBy: failure.by, reason: failure.reason }),
  }
  try {
    const restored = await compensationActivities.restore.executeWithOptions(options, [input])
    return { restored, handedOverTo: null }
  } catch {
    return { restored: null, handedOverTo: await startRestoreWorkflow(strategy, input) }
  }
}

async function startRestoreWorkflow(strategy: StrategyRef, input: TrialRestore): Promise<string> {
  const workflowId = getRestoreWorkflowId(strategy.id)
  try {
    await startChild(restore, {
      workflowId,
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Restore ${strategy.agentId} as it was before ${strategy.id}`,
    })
  } catch (error) {
    // The same restore has already been requested.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
  }
  return workflowId
}
