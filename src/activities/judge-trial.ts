import type { ObservationsByArm } from '../analysis/judging/index.ts'
import { computeMeasuredMetrics } from '../analysis/reporting/results/outcome.ts'
import { buildTrialGoal } from '../analysis/trials/goal.ts'
import { listStarts } from '../analysis/trials/suspension.ts'
import { createWarmUpJudge, cutWarmUp } from '../analysis/trials/warm-up.ts'
import { judgeWidening } from '../analysis/trials/widening.ts'
import type { MeasureStep } from '../contract/activities.ts'
import type { Judgement } from '../model/trial.ts'
import type { Database } from '../store/database.ts'
import { listKnobs } from '../store/declarations.ts'
import { listDriftedSince } from '../store/drift.ts'
import { findStrategy } from '../store/strategies.ts'
import { reportTrial, type Trial, updateTrial } from '../store/trials.ts'
import { assertComparable } from './assert-comparable.ts'
import type { Dependencies } from './dependencies.ts'
import { type ObservedArms, observeTrial, recordObservations, selectComparedInstances } from './observe.ts'
import { findWarmUp } from './trial-conditions.ts'

/** A step of a trial that can be looked at. */
export interface Observation {
  /** The start of the comparison. */
  since: Date
  /**
   * Judges what has been observed so far, and records the judgement.
   * @param final whether no more samples will come; gets the samples in each arm
   */
  judge(options: { final: (samples: Judgement['samples']) => boolean }): Promise<{ judgement: Judgement; arms: ObservedArms }>
}

/** Loads the history of a step, which does not change while it is observed. */
export async function prepareObservation(dependencies: Dependencies, trial: Trial, step: MeasureStep): Promise<Observation> {
  const { db, config } = dependencies
  const strategy = (await findStrategy(db, trial.id))!
  const { history, since, look } = await observeTrial(dependencies, trial, step)
  const warmUp = findWarmUp(config, await listKnobs(db, trial.agentId), strategy)
  const starts = listStarts(trial.suspensions, since.getTime())
  const compared = { design: trial.design, candidates: selectComparedInstances(trial, step).candidate, starts }
  const cut = <Arms extends ObservationsByArm>(arms: Arms) => cutWarmUp(arms, warmUp, compared)
  const judge = createWarmUpJudge(
    { goal: buildTrialGoal(strategy), design: trial.design, history, maxSamples: trial.maxSamples ?? config.trials.maxSamples },
    cut,
  )
  return {
    since,
    async judge({ final }) {
      await assertComparable(db, trial, step, strategy)
      const arms = await look()
      const { judged } = cut(arms)
      const counts = { control: judged.control.executions.length, candidate: judged.candidate.executions.length }
      const seen = judge.look(arms, { final: final(counts) })
      const judgement = step === 'half' ? judgeWidening(seen) : seen
      // The record keeps the proof of the change, unless widening shows harm.
      const proofStands = step === 'half' && (judgement.decision === 'continue' || judgement.decision === 'keep')
      const metrics = { before: computeMeasuredMetrics(arms.control), after: computeMeasuredMetrics(arms.candidate) }
      await db.transaction().execute(async (trx) => {
        if (!proofStands) await updateTrial(trx, trial.id, { judgement, metrics })
        await reportTrial(trx, trial.id, { judgement })
      })
      return { judgement, arms }
    },
  }
}

/** Records what a verdict was based on. */
export async function concludeObservation(dependencies: Dependencies, trial: Trial, arms: ObservedArms): Promise<void> {
  await recordObservations(dependencies, trial, arms)
  await recordDrift(dependencies.db, trial)
}

/** Notes which instances were left out of the judgement for a while. */
async function recordDrift(db: Database, { id, agentId, startedAt, candidateInstances, controlInstances }: Trial): Promise<void> {
  const drifted = await listDriftedSince(db, agentId, [...candidateInstances, ...controlInstances], startedAt)
  const issues = drifted.map(
    (instance) => `${instance} ran with other values than those of its version; its work then does not count`,
  )
  if (issues.length > 0) await updateTrial(db, id, { issues })
}
