import type { ObservationsByArm } from '../analysis/judging/index.ts'
import { buildTrialGoal } from '../analysis/trials/goal.ts'
import { listStarts } from '../analysis/trials/suspension.ts'
import { createWarmUpJudge, cutWarmUp } from '../analysis/trials/warm-up.ts'
import type { MeasureStep } from '../contract/activities.ts'
import type { Strategy } from '../model/strategy.ts'
import { listKnobs } from '../store/declarations.ts'
import type { Trial } from '../store/trials.ts'
import type { ReadingContext } from './context.ts'
import { findWarmUp, observeTrial, selectComparedInstances } from './observations.ts'

/** The judge of one step of a trial, and what it looks at. The history of the step does not change, so it is loaded once. */
export async function prepareTrialJudge(
  context: Pick<ReadingContext, 'db' | 'config'>,
  trial: Trial,
  strategy: Strategy,
  step: MeasureStep,
) {
  const { db, config } = context
  const { history, since, look } = await observeTrial(context, trial, step)
  const warmUp = findWarmUp(config, await listKnobs(db, trial.agentId), strategy)
  const starts = listStarts(trial.suspensions, since.getTime())
  const compared = { design: trial.design, candidates: selectComparedInstances(trial, step).candidate, starts }
  const cut = <Arms extends ObservationsByArm>(arms: Arms) => cutWarmUp(arms, warmUp, compared)
  const maxSamples = trial.maxSamples ?? config.trials.maxSamples
  const judge = createWarmUpJudge({ goal: buildTrialGoal(strategy), design: trial.design, history, maxSamples }, cut)
  return { since, look, cut, judge, maxSamples }
}
