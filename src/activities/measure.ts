import { setTimeout as sleep } from 'node:timers/promises'
import { Context } from '@temporalio/activity'
import type { Config } from '../config/config.ts'
import type { Activities, MeasureStep } from '../contract/activities.ts'
import type { Verdict } from '../model/trial.ts'
import type { Dependencies } from './dependencies.ts'
import { concludeObservation, prepareObservation } from './judge-trial.ts'
import { getOpenTrial } from './open-trial.ts'
import { renewTrialLock } from './renew-trial-lock.ts'
import { getScoreWaitMs } from './score-wait.ts'
import { withHeartbeat } from './with-heartbeat.ts'

/**
 * Observes a trial within a cycle and judges it while it runs: ends on harm, on proof, or at the limit of samples and time.
 * A retry continues where the first attempt died, because the samples and the start of the observation are stored.
 */
export function createMeasureActivity(dependencies: Dependencies): Activities['measure'] {
  const { db, config } = dependencies
  const measure: Activities['measure'] = async ({ trialId, step, observeMs }) => {
    const trial = await getOpenTrial(db, trialId)
    const observation = await prepareObservation(dependencies, trial, step)
    const lastMs = (observeMs ?? getObservationMs(config, step)) + (await getScoreWaitMs(dependencies, trial))
    for (;;) {
      // Another attempt may have replaced this one.
      Context.current().cancellationSignal.throwIfAborted()
      await getOpenTrial(db, trial.id)
      await renewTrialLock(db, trial, config.trials.lockMs)
      const elapsedMs = Date.now() - observation.since.getTime()
      const { judgement, ...observed } = await observation.judge({
        isTimeUp: (leftOutMs) => elapsedMs >= lastMs + Math.min(leftOutMs, longestExtensionMs),
        mayGoOn: elapsedMs < lastMs + longestExtensionMs,
      })
      if (judgement.decision !== 'continue') {
        await concludeObservation(dependencies, trial, observed)
        return { verdict: judgement.decision satisfies Verdict, reason: judgement.reason }
      }
      await sleep(config.trials.lookEveryMs, undefined, { signal: Context.current().cancellationSignal })
    }
  }
  // A look may take longer than a heartbeat may be late.
  return async (input) => await withHeartbeat(input.trialId, () => measure(input))
}

/**
 * An anomaly of both arms, or a doubt about the change on half of the instances, makes a trial within a cycle this much longer at most; the
 * timeouts of the activity leave room for it.
 */
const longestExtensionMs = 120_000

/** The longest observation of a step within a cycle. */
export function getObservationMs({ trials }: Pick<Config, 'trials'>, step: MeasureStep): number {
  return step === 'half' ? trials.widenMs : trials.observeMs
}
