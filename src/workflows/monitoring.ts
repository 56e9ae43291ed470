import { continueAsNew, workflowInfo } from '@temporalio/workflow'
import { monitoringActivities } from './activities.ts'

/** Runs of the activity in one history: about eight hours. */
const runsAtOnce = 50

/** Monitors for ever (D1), with a short history. */
export async function monitoring(): Promise<void> {
  for (let run = 0; run < runsAtOnce && !workflowInfo().continueAsNewSuggested; run++) await monitoringActivities.monitor()
  await continueAsNew<typeof monitoring>()
}
