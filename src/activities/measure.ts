import { setTimeout as sleep } from 'node:timers/promises'
import { Context } from '@temporalio/activity'
import { createTrialJudge } from '../analysis/judging/index.ts'
import { measuredMetrics } from '../analysis/results/measured.ts'
import { performanceSubjects } from '../messaging/subjects.ts'
import type { Judgement, Verdict } from '../model/trial.ts'
import { strategy as readStrategy } from '../store/strategies.ts'
import { type Trial, updateTrial } from '../store/trials.ts'
import type { Dependencies } from './dependencies.ts'
import { holdLock } from './hold-lock.ts'
import { observe, recordObserved } from './observe.ts'
import { openTrial } from './open-trial.ts'
import type { Activities } from './types.ts'

/**
 * Watches a trial and judges it while it runs: ends on harm, on proof, or at the limit of samples and time.
 * A second attempt goes on where the first one died, since samples and the start of the observation are stored.
 */
export function createMeasure(dependencies: Dependencies): Activities['measure'] {
  const { db, config } = dependencies
  return async ({ trialId }) => {
    const trial = await openTrial(db, trialId)
    const target = (await readStrategy(db, trialId))!.targetMetric
    const observingAt = trial.observingAt!.getTime()
    const { history, look } = await observe(dependencies, trial)
    const judge = createTrialJudge({ target, design: trial.design, history, maxSamples: config.trials.maxSamples })
    for (;;) {
      await keepAlive(dependencies, trial)
      const final = Date.now() - observingAt >= config.trials.observeMs
      const arms = await look()
      const judgement = judge.look(arms, { final })
      await show(dependencies, trial, judgement)
      if (judgement.decision !== 'continue') {
        await recordObserved(dependencies, trial, arms)
        const metrics = { before: measuredMetrics(arms.control), after: measuredMetrics(arms.candidate) }
        await updateTrial(db, trial.id, { metrics })
        return { verdict: judgement.decision satisfies Verdict, reason: judgement.reason }
      }
      await sleep(config.trials.lookEveryMs, undefined, { signal: Context.current().cancellationSignal })
    }
  }
}

async function keepAlive({ db, config }: Dependencies, trial: Trial): Promise<void> {
  Context.current().heartbeat(trial.id)
  await openTrial(db, trial.id)
  await holdLock(db, trial, config.trials.lockMs)
}

async function show({ db, nats }: Dependencies, trial: Trial, judgement: Judgement): Promise<void> {
  await updateTrial(db, trial.id, { judgement })
  nats.publish(performanceSubjects.optimizationStatus, JSON.stringify({ trialId: trial.id, agentId: trial.agentId, judgement }))
}
