import type { Activities } from '../contract/activities.ts'
import { resolveTrialAlerts } from '../store/alerts.ts'
import { releaseLock } from '../store/locks.ts'
import { findTrial } from '../store/trials.ts'
import type { Dependencies } from './dependencies.ts'
import { assignRestoredConfiguration, finishRolledBackTrial } from './restore.ts'

/**
 * At an operator's request, stops waiting for instances that do not confirm a restored configuration. It stays assigned to them, so
 * they get it if they respond later.
 */
export function createGiveUpActivity(dependencies: Dependencies): Activities['giveUp'] {
  const { db } = dependencies
  return async ({ of, note: { by, reason } }) => {
    const issue = `${by} stopped waiting for instances that have not confirmed the restored configuration (${reason}); they will receive it when they respond`
    if ('trialId' in of) {
      const trial = await findTrial(db, of.trialId)
      if (!trial) return { outcome: 'nothing', issues: [] }
      if (trial.state === 'restored') return { outcome: 'done', issues: trial.issues }
      await assignRestoredConfiguration(dependencies, trial)
      await finishRolledBackTrial(db, trial, [issue])
    } else {
      await releaseLock(db, of.agentId, of.requestId)
      await resolveTrialAlerts(db, of.requestId)
    }
    return { outcome: 'given-up', issues: [issue] }
  }
}
