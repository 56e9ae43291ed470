import type { ObservationsByArm } from '../analysis/judging/index.ts'
import { computeMeasuredMetrics } from '../analysis/reporting/results/outcome.ts'
import { buildTrialGoal } from '../analysis/trials/goal.ts'
import {
  computeSharedMs,
  createSharedAnomalyJudge,
  describeSharedPeriod,
  findSharedPeriods,
  type SharedPeriod,
} from '../analysis/trials/shared-anomalies.ts'
import { listStarts, omitSuspensions } from '../analysis/trials/suspension.ts'
import { createWarmUpJudge, cutWarmUp } from '../analysis/trials/warm-up.ts'
import { judgeWidening } from '../analysis/trials/widening.ts'
import type { MeasureStep } from '../contract/activities.ts'
import { publishNotification } from '../messaging/publish.ts'
import { performanceSubjects } from '../messaging/subjects.ts'
import type { Judgement } from '../model/trial.ts'
import { listComponentAnomalies } from '../store/anomalies.ts'
import type { Database } from '../store/database.ts'
import { listKnobs } from '../store/declarations.ts'
import { listDriftedSince } from '../store/drift.ts'
import { findStrategy } from '../store/strategies.ts'
import { type Trial, updateTrial } from '../store/trials.ts'
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
   * @param final whether no more samples will come; gets the samples in each arm, and for how long an anomaly of both arms was left out
   */
  judge(options: {
    final: (samples: Judgement['samples'], leftOutMs: number) => boolean
  }): Promise<{ judgement: Judgement; arms: ObservedArms; leftOut: SharedPeriod[] }>
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
  const { design } = trial
  const options = { goal: buildTrialGoal(strategy), design, history, maxSamples: trial.maxSamples ?? config.trials.maxSamples }
  const warm = createWarmUpJudge(options, cut)
  const judge = createSharedAnomalyJudge<ObservedArms>(options, (arms, { final }) => warm.look(arms, { final }))
  return {
    since,
    async judge({ final }) {
      await assertComparable(db, trial, step, strategy)
      const arms = await look()
      const anomalies = await listComponentAnomalies(db, trial.agentId, since)
      const comparison = { control: arms.control, past: history.control, design, since: since.getTime() }
      const leftOut = findSharedPeriods(anomalies, comparison)
      const kept = { control: omitSuspensions(arms.control, leftOut), candidate: omitSuspensions(arms.candidate, leftOut) }
      const { judged } = cut(kept)
      const counts = { control: judged.control.executions.length, candidate: judged.candidate.executions.length }
      const leftOutMs = computeSharedMs(leftOut, since.getTime(), Date.now())
      const seen = judge(arms, kept, leftOut, { final: final(counts, leftOutMs) })
      const judgement = step === 'half' ? judgeWidening(seen) : seen
      publishNotification(dependencies.nats, performanceSubjects.optimizationStatus, {
        trialId: trial.id,
        agentId: trial.agentId,
        judgement,
      })
      // The record keeps the proof of the change, unless widening shows harm.
      const proofStands = step === 'half' && (judgement.decision === 'continue' || judgement.decision === 'keep')
      const metrics = { before: computeMeasuredMetrics(arms.control), after: computeMeasuredMetrics(arms.candidate) }
      if (!proofStands) await updateTrial(db, trial.id, { judgement, metrics })
      return { judgement, arms: kept, leftOut }
    },
  }
}

/** Records what a verdict was based on. */
export async function concludeObservation(
  dependencies: Dependencies,
  trial: Trial,
  { arms, leftOut }: { arms: ObservedArms; leftOut: readonly SharedPeriod[] },
): Promise<void> {
  await recordObservations(dependencies, trial, arms)
  await recordIssues(dependencies.db, trial, leftOut)
}

/** Notes what was left out of the judgement: instances with other values for a while, and anomalies of both arms. */
async function recordIssues(
  db: Database,
  { id, agentId, startedAt, candidateInstances, controlInstances }: Trial,
  leftOut: readonly SharedPeriod[],
): Promise<void> {
  const drifted = await listDriftedSince(db, agentId, [...candidateInstances, ...controlInstances], startedAt)
  const issues = [
    ...drifted.map((instance) => `${instance} ran with other values than those of its version; its work then does not count`),
    ...leftOut.map(describeSharedPeriod),
  ]
  if (issues.length > 0) await updateTrial(db, id, { issues })
}
