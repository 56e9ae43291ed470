import { computeMeasuredMetrics } from '../analysis/reporting/results/outcome.ts'
import { buildTrialGoal } from '../analysis/trials/goal.ts'
import { createWarmUpJudge } from '../analysis/trials/warm-up.ts'
import { judgeWidening } from '../analysis/trials/widening.ts'
import type { MeasureStep } from '../contract/activities.ts'
import type { Judgement } from '../model/trial.ts'
import type { ObservedArms } from '../reading/observations.ts'
import { observeWithWarmUp } from '../reading/observe-with-warm-up.ts'
import type { Database } from '../store/database.ts'
import { listDriftedSince } from '../store/drift.ts'
import { findStrategy } from '../store/strategies.ts'
import { reportTrial, type Trial, updateTrial } from '../store/trials.ts'
import { assertComparable } from './assert-comparable.ts'
import type { Dependencies } from './dependencies.ts'
import { createPooledJudge, followPool } from './pool.ts'
import { recordObservations } from './record-observations.ts'

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
  const observed = await observeWithWarmUp(dependencies, { trial, strategy, step })
  const { history, since, look, cut } = observed
  const maxSamples = trial.maxSamples ?? config.trials.maxSamples
  const pool = trial.poolId === null ? undefined : strategy.pool
  const judge =
    pool && step === 'candidate'
      ? await createPooledJudge(dependencies, { trial, strategy, observed })
      : createWarmUpJudge({ goal: buildTrialGoal(strategy), design: trial.design, history, maxSamples }, cut)
  return {
    since,
    async judge({ final }) {
      await assertComparable(db, trial, step, strategy)
      const arms = await look()
      const { judged: warm } = cut(arms)
      const counts = { control: warm.control.executions.length, candidate: warm.candidate.executions.length }
      const seen = await judge.look(arms, { final: final(counts) })
      const judged = step === 'half' ? judgeWidening(seen) : seen
      const judgement = pool ? await followPool(dependencies, { pool, trial, step }, judged) : judged
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
