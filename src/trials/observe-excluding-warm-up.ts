import type { ObservationsByArm } from '../analysis/judging/index.ts'
import { listObservationStarts } from '../analysis/trials/suspension.ts'
import { excludeWarmUp, type ObservationsAfterWarmUp } from '../analysis/trials/warm-up.ts'
import type { MeasureStep } from '../contract/activities.ts'
import type { Strategy } from '../model/strategy.ts'
import { listKnobs } from '../store/declarations.ts'
import type { Trial } from '../store/trials.ts'
import type { TrialContext } from './context.ts'
import { determineWarmUp, type ObservedArms, observeTrial, selectComparedInstances } from './observations.ts'

/** The observations of a step of a trial. */
export interface ObservedTrial {
  /** Of the time before the trial. */
  history: ObservedArms
  since: Date
  /** Both arms up to now. */
  look(): Promise<ObservedArms>
  /** Leaves out the warm-up of the candidates. */
  cut<Arms extends ObservationsByArm>(arms: Arms): ObservationsAfterWarmUp<Arms>
}

/** Loads the history of a step, and how its warm-up is left out. */
export async function observeExcludingWarmUp(
  context: TrialContext,
  { trial, strategy, step }: { trial: Trial; strategy: Strategy; step: MeasureStep },
): Promise<ObservedTrial> {
  const { db, config } = context
  const observed = await observeTrial(context, trial, step)
  const warmUp = determineWarmUp(config, await listKnobs(db, trial.agentId), strategy)
  const starts = listObservationStarts(trial.suspensions, observed.since.getTime())
  const compared = { design: trial.design, candidates: selectComparedInstances(trial, step).candidate, starts }
  return { ...observed, cut: (arms) => excludeWarmUp(arms, warmUp, compared) }
}
