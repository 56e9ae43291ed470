import { activityInfo } from '@temporalio/activity'
import { ScheduleNotFoundError, WorkflowExecutionAlreadyStartedError } from '@temporalio/client'
import { findFleetFreeze, findFreeze } from '../analysis/eligibility/freeze.ts'
import { computeCadenceMinutes } from '../analysis/policy/cadence.ts'
import { tryReadLimits } from '../config/limits.ts'
import type { Activities } from '../contract/activities.ts'
import { OptimizerError } from '../model/errors.ts'
import { findAgent, requireAgent } from '../store/agents.ts'
import { getCycleSchedule } from '../temporal/schedule.ts'
import { startCycle } from '../temporal/starters.ts'
import type { Dependencies } from './dependencies.ts'

export function createSetCadenceActivity({ temporal, config }: Dependencies): Activities['setCadence'] {
  return async ({ worst, aggressiveness }) => {
    const minutes = computeCadenceMinutes(worst, config.schedule, aggressiveness)
    await getCycleSchedule(temporal).setInterval(minutes).catch(noSchedule)
    return minutes
  }
}

export function createTriggerCycleActivity({ db, temporal, config }: Dependencies): Activities['triggerCycle'] {
  return async (input) => {
    const frozen = input && (await findOpenFreeze({ db, config }, input.agentId))
    if (!frozen) await getCycleSchedule(temporal).trigger().catch(noSchedule)
    return frozen
  }
}

/** Every attempt starts the same cycle: its id follows from when the workflow asked for it. */
export function createStartFocusedCycleActivity({ db, temporal, config }: Dependencies): Activities['startFocusedCycle'] {
  return async ({ agentId }) => {
    await requireAgent(db, agentId)
    const frozen = await findOpenFreeze({ db, config }, agentId)
    if (frozen) return frozen
    const askedAt = new Date(activityInfo().scheduledTimestampMs)
    const input = { target: agentId, isAutomatic: true }
    await startCycle({ temporal, taskQueue: config.taskQueue }, input, askedAt).catch((error: unknown) => {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    })
    return undefined
  }
}

/** The freeze window that is open for an agent, or for the whole fleet (null). Limits that cannot be read are reported by the cycle. */
async function findOpenFreeze({ db, config }: Pick<Dependencies, 'db' | 'config'>, agentId: string | null) {
  const limits = tryReadLimits(config)
  if (typeof limits === 'string' || limits.freeze.length === 0) return undefined
  const now = Date.now()
  if (agentId === null) return findFleetFreeze(limits, now)
  const agent = await findAgent(db, agentId)
  const freeze = agent && findFreeze(limits, { agentId, kind: agent.kind }, now)
  return freeze && { until: freeze.until }
}

/** Not retryable: waiting does not bring the Schedule back. @throws OptimizerError `no-schedule` */
function noSchedule(error: unknown): never {
  if (!(error instanceof ScheduleNotFoundError)) throw error
  throw new OptimizerError('no-schedule', 'The Schedule for cycles does not exist; npm start recreates it.')
}
