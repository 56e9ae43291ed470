import { ScheduleNotFoundError } from '@temporalio/client'
import { cadenceMinutes } from '../analysis/policy/cadence.ts'
import type { Activities } from '../contract/activities.ts'
import { OptimizerError } from '../model/errors.ts'
import { cycleSchedule } from '../temporal/schedule.ts'
import type { Dependencies } from './dependencies.ts'

export function createSetCadence({ temporal, config }: Dependencies): Activities['setCadence'] {
  return async ({ worst, aggressiveness }) => {
    const minutes = cadenceMinutes(worst, config.schedule, aggressiveness)
    await cycleSchedule(temporal).setInterval(minutes).catch(noSchedule)
    return minutes
  }
}

export function createTriggerCycle({ temporal }: Dependencies): Activities['triggerCycle'] {
  return async () => await cycleSchedule(temporal).trigger().catch(noSchedule)
}

/** Waiting does not bring it back. @throws OptimizerError `no-schedule` */
function noSchedule(error: unknown): never {
  if (!(error instanceof ScheduleNotFoundError)) throw error
  throw new OptimizerError('no-schedule', 'The Schedule of the cycles is gone; npm start creates it anew.')
}
