import { activityInfo } from '@temporalio/activity'
import { ScheduleNotFoundError, WorkflowExecutionAlreadyStartedError } from '@temporalio/client'
import { computeCadenceMinutes } from '../analysis/policy/cadence.ts'
import type { Activities } from '../contract/activities.ts'
import { OptimizerError } from '../model/errors.ts'
import { requireAgent } from '../store/agents.ts'
import { getCycleSchedule } from '../temporal/schedule.ts'
import { startCycle } from '../temporal/starters.ts'
import type { Dependencies } from './dependencies.ts'

export function createSetCadence({ temporal, config }: Dependencies): Activities['setCadence'] {
  return async ({ worst, aggressiveness }) => {
    const minutes = computeCadenceMinutes(worst, config.schedule, aggressiveness)
    await getCycleSchedule(temporal).setInterval(minutes).catch(noSchedule)
    return minutes
  }
}

export function createTriggerCycle({ temporal }: Dependencies): Activities['triggerCycle'] {
  return async () => await getCycleSchedule(temporal).trigger().catch(noSchedule)
}

/** Every attempt starts the same cycle: its id follows from when the workflow asked for it. */
export function createStartFocusedCycle({ db, temporal, config }: Dependencies): Activities['startFocusedCycle'] {
  return async ({ agentId }) => {
    await requireAgent(db, agentId)
    const askedAt = new Date(activityInfo().scheduledTimestampMs)
    const input = { target: agentId, isAutomatic: true }
    await startCycle({ temporal, taskQueue: config.taskQueue }, input, askedAt).catch((error: unknown) => {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    })
  }
}

/** Not retryable: waiting does not bring the Schedule back. @throws OptimizerError `no-schedule` */
function noSchedule(error: unknown): never {
  if (!(error instanceof ScheduleNotFoundError)) throw error
  throw new OptimizerError('no-schedule', 'The Schedule for cycles does not exist; npm start recreates it.')
}
