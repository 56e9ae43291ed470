import { setTimeout as sleep } from 'node:timers/promises'
import { Context } from '@temporalio/activity'
import { createTrialJudge } from '../analysis/judging/index.ts'
import { computeMeasuredMetrics } from '../analysis/reporting/results/outcome.ts'
import { buildTrialGoal } from '../analysis/trials/goal.ts'
import { judgeWidening } from '../analysis/trials/widening.ts'
import type { Config } from '../config.ts'
import type { Activities, MeasureStep } from '../contract/activities.ts'
import { publishNotification } from '../messaging/publish.ts'
import { performanceSubjects } from '../messaging/subjects.ts'
import type { Judgement, Verdict } from '../model/trial.ts'
import type { Database } from '../store/database.ts'
import { listDriftedSince } from '../store/drift.ts'
import { findStrategy } from '../store/strategies.ts'
import { type Trial, updateTrial } from '../store/trials.ts'
import { assertComparable } from './assert-comparable.ts'
import type { Dependencies } from './dependencies.ts'
import { observeTrial, recordObservations } from './observe.ts'
import { getOpenTrial } from './open-trial.ts'
import { renewTrialLock } from './renew-trial-lock.ts'

/**
 * Observes a trial and judges it while it runs: ends on harm, on proof, or at the limit of samples and time.
 * A retry continues where the first attempt died, because the samples and the start of the observation are stored.
 */
export function createMeasure(dependencies: Dependencies): Activities['measure'] {
  const { db, config } = dependencies
  return async ({ trialId, step, observeMs }) => {
    const trial = await getOpenTrial(db, trialId)
    const strategy = (await findStrategy(db, trialId))!
    const { history, since, look } = await observeTrial(dependencies, trial, step)
    const judge = createTrialJudge({
      goal: buildTrialGoal(strategy),
      design: trial.design,
      history,
      maxSamples: config.trials.maxSamples,
    })
    const widening = step === 'half'
    const lastMs = observeMs ?? getObservationMs(config, step)
    for (;;) {
      await keepAlive(dependencies, trial)
      await assertComparable(db, trial, step, strategy)
      const final = Date.now() - since.getTime() >= lastMs
      const arms = await look()
      const seen = judge.look(arms, { final })
      const judgement = widening ? judgeWidening(seen) : seen
      publish(dependencies, trial, judgement)
      // The record keeps the proof of the change, unless widening shows harm.
      const proofStands = widening && (judgement.decision === 'continue' || judgement.decision === 'keep')
      const metrics = { before: computeMeasuredMetrics(arms.control), after: computeMeasuredMetrics(arms.candidate) }
      if (!proofStands) await updateTrial(db, trial.id, { judgement, metrics })
      if (judgement.decision !== 'continue') {
        await recordObservations(dependencies, trial, arms)
        await recordDrift(db, trial)
        return { verdict: judgement.decision satisfies Verdict, reason: judgement.reason }
      }
      await sleep(config.trials.lookEveryMs, undefined, { signal: Context.current().cancellationSignal })
    }
  }
}

/** Notes which instances were left out of the judgement for a while. */
async function recordDrift(db: Database, { id, agentId, startedAt, candidateInstances, controlInstances }: Trial): Promise<void> {
  const drifted = await listDriftedSince(db, agentId, [...candidateInstances, ...controlInstances], startedAt)
  const issues = drifted.map(
    (instance) => `${instance} ran with other values than those of its version; its work then does not count`,
  )
  if (issues.length > 0) await updateTrial(db, id, { issues })
}

/** The longest observation of a step. */
export function getObservationMs({ trials }: Pick<Config, 'trials'>, step: MeasureStep): number {
  return step === 'half' ? trials.widenMs : trials.observeMs
}

async function keepAlive({ db, config }: Dependencies, trial: Trial): Promise<void> {
  Context.current().heartbeat(trial.id)
  await getOpenTrial(db, trial.id)
  await renewTrialLock(db, trial, config.trials.lockMs)
}

function publish({ nats }: Dependencies, trial: Trial, judgement: Judgement): void {
  publishNotification(nats, performanceSubjects.optimizationStatus, { trialId: trial.id, agentId: trial.agentId, judgement })
}
