import { continueAsNew, isCancellation, log, sleep, workflowInfo } from '@temporalio/workflow'
import { monitoringActivities } from './activities.ts'

/** Runs of the activity in one history: about eight hours. */
const runsAtOnce = 50
const retryDelayMs = 30_000

/** Monitors forever (D1), with a short history, even after failures that no retry can fix. */
export async function monitoring(): Promise<void> {
  for (let run = 0; run < runsAtOnce && !workflowInfo().continueAsNewSuggested; run++) {
    try {
      await monitoringActivities.monitor()
    } catch (error) {
      if (isCancellation(error)) throw error
      log.error('Monitoring failed; restarting', { error })
      await sleep(retryDelayMs)
    }
  }
  await continueAsNew<typeof monitoring>()
}
