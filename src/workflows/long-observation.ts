/** The observation of a trial outside a cycle: a look now and then, for hours or days. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import type { MeasureResult, MeasureStep, StrategyRef } from '../contract/activities.ts'
import { lookNowSignal } from '../contract/messages.ts'
import type { LongTrialInput } from '../model/commands.ts'
import { lookActivities, selectChangeoverActivities } from './activities.ts'
import { formatTrialDetails, summarizeStep } from './details.ts'

/** How far a trial outside a cycle has come, for the run that continues it. */
export type TrialContinuation = NonNullable<LongTrialInput['resumed']>

/**
 * Looks until there is a verdict. Everything that was observed is stored, so a long history is
 * exchanged for a new run of the workflow, which carries on with the looks.
 * @throws ContinueAsNew
 */
export async function observeLongTrial(strategy: StrategyRef, continuation: TrialContinuation): Promise<MeasureResult> {
  const { id: trialId } = strategy
  const { step, observeMs } = continuation
  const summary = summarizeStep(strategy)
  let isHurried = false
  setHandler(lookNowSignal, () => {
    isHurried = true
  })
  for (;;) {
    isHurried = false
    const seen = await lookActivities.look.executeWithOptions({ summary }, [{ trialId, step, observeMs }])
    if (seen.verdict !== 'continue') return { verdict: seen.verdict, reason: seen.reason }
    setCurrentDetails(formatTrialDetails(strategy, null, seen.progress))
    if (seen.next) await changeOver(strategy, step, seen.next)
    else await condition(() => isHurried, seen.waitMs ?? 60_000)
    // A request that arrived in the meantime is answered by this run.
    const mayContinue = allHandlersFinished() && !CancellationScope.current().consideredCancelled
    if (workflowInfo().continueAsNewSuggested && mayContinue)
      await continueAsNew<(input: LongTrialInput) => Promise<unknown>>({ strategyId: trialId, strategy, resumed: continuation })
  }
}

const states = { suspend: 'suspended for a freeze window', resume: 'resumed', switch: 'the next block' }

/**
 * Puts the previous values in force on the candidates for a freeze window, or the change again after it; or begins the next block of a
 * switchback trial.
 */
async function changeOver(strategy: StrategyRef, step: MeasureStep, next: keyof typeof states): Promise<void> {
  const state = states[next]
  const summary = summarizeStep(strategy, step === 'half' ? `${state}, on half of the instances` : state)
  await selectChangeoverActivities(strategy).execute.executeWithOptions({ summary }, [{ trialId: strategy.id, step: next }])
}
