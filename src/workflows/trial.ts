/** The saga: lock, apply, observe, judge, then keep or put back (design, *A trial, and what must hold*). */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  startChild,
  upsertSearchAttributes,
} from '@temporalio/workflow'
import type { Failure, StrategyRef, TrialOutcome } from '../activities/types.ts'
import { type TrialInput, trialInputSchema } from '../model/commands.ts'
import type { Verdict } from '../model/trial.ts'
import { applying, compensating, observing, quick } from './activities.ts'
import { rollBack } from './contract.ts'
import { trialDetails } from './details.ts'
import { restore } from './restore.ts'
import { Saga } from './saga.ts'
import { searchAttributes } from './search-attributes.ts'
import { wishOf } from './steering.ts'

/**
 * Carries out one strategy and always ends it: changed everywhere and proven, or exactly as it was.
 * Cancel the surrounding scope to roll back; the outcome is then returned, not thrown.
 * @param wish why a person wants this very trial to end, where a cancellation is such a wish
 * @param aggressiveness of the cycle; left out, the policy's
 * @param begun told once the candidates run with the change
 */
export async function runTrial(
  strategy: StrategyRef,
  cycleId: string | null,
  wish: () => string | undefined,
  aggressiveness?: number,
  begun: () => void = () => {},
): Promise<TrialOutcome> {
  const trialId = strategy.id
  const saga = new Saga()
  let verdict: Verdict | null = null
  let failure: Failure | null = null
  try {
    saga.register(() => putBack(strategy))
    const summary = strategy.description
    await applying.execute.executeWithOptions({ summary }, [{ trialId, step: 'candidate', aggressiveness }])
    begun()
    const measured = await observing.measure.executeWithOptions({ summary }, [{ trialId }])
    await throwIfCancelled()
    if (measured.verdict === 'keep') {
      await applying.execute.executeWithOptions({ summary: `${summary}: to all instances` }, [{ trialId, step: 'all' }])
      await throwIfCancelled()
    } else await saga.compensate()
    verdict = measured.verdict
  } catch (error) {
    failure = isCancellation(error) ? cancellation(wish()) : failureOf(error)
    await saga.compensate()
  }
  return CancellationScope.nonCancellable(() => quick.conclude({ trialId, cycleId, verdict, failure }))
}

/** A step may complete although it was asked to stop; the wish to roll back holds all the same. */
async function throwIfCancelled(): Promise<void> {
  if (CancellationScope.current().consideredCancelled) await CancellationScope.current().cancelRequested
}

function cancellation(wish: string | undefined): Failure {
  return wish ? { code: 'asked', reason: wish } : { code: 'cancelled', reason: 'its workflow was cancelled' }
}

/** What the last attempt said, without the layers around it. */
function failureOf(error: unknown): Failure {
  const failure = error instanceof ActivityFailure ? (error.cause ?? error) : error
  const code = failure instanceof ApplicationFailure ? (failure.type ?? 'failed') : 'failed'
  return { code, reason: failure instanceof Error ? failure.message : String(failure) }
}

/** Puts back what was there; what cannot be done within a minute goes on in a workflow of its own. */
async function putBack(strategy: StrategyRef): Promise<void> {
  try {
    await compensating.restore.executeWithOptions({ summary: `put back: ${strategy.description}` }, [{ trialId: strategy.id }])
  } catch {
    await handOver(strategy)
  }
}

async function handOver(strategy: StrategyRef): Promise<void> {
  try {
    await startChild(restore, {
      workflowId: `restore-${strategy.id}`,
      args: [{ trialId: strategy.id }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Put back ${strategy.agentId} as it was before ${strategy.id}`,
    })
  } catch (error) {
    // Somebody asked for the same already.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
  }
}

/** A trial on its own, for what a person asks for. */
export async function trial(input: TrialInput): Promise<TrialOutcome> {
  const parsed = trialInputSchema.safeParse(input)
  if (!parsed.success) throw ApplicationFailure.nonRetryable(`Trial input: ${parsed.error.issues[0]?.message}`, 'invalid-input')
  const scope = new CancellationScope()
  let wish: string | undefined
  setHandler(rollBack, (_trialId, reason) => {
    wish = wishOf(reason)
    scope.cancel()
  })
  upsertSearchAttributes([{ key: searchAttributes.target, value: [parsed.data.agentId] }])
  const strategy = await quick.plan(parsed.data)
  setCurrentDetails(trialDetails(strategy, null))
  const outcome = await scope.run(() => runTrial(strategy, null, () => wish))
  upsertSearchAttributes([
    { key: searchAttributes.verdict, value: [outcome.verdict] },
    { key: searchAttributes.improvement, value: outcome.improvement },
  ])
  setCurrentDetails(trialDetails(strategy, outcome))
  // The trial ends quietly when it is cancelled; its workflow says so.
  if (CancellationScope.current().consideredCancelled) await CancellationScope.current().cancelRequested
  return outcome
}
