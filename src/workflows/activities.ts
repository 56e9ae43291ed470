/** Timeouts and retries. `TypedFailureInterceptor` marks the failures that no retry can fix. */
import { ActivityCancellationType, type ActivityOptions, proxyActivities, type RetryPolicy } from '@temporalio/workflow'
import type { Activities, StrategyRef } from '../contract/activities.ts'

const minuteMs = 60_000
const retry: RetryPolicy = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' }

/** Short reads and writes that survive a database or broker that is away for a minute. */
export const quickActivities = proxyActivities<Pick<Activities, 'readPolicy' | 'requireAgent' | 'plan' | 'ask' | 'report'>>({
  startToCloseTimeout: '20s',
  scheduleToCloseTimeout: '2m',
  retry,
})

/** Reads, plans and removals that take longer the larger the fleet is; a dead worker is noticed by its missing heartbeat. */
export const planningActivities = proxyActivities<
  Pick<Activities, 'sweep' | 'watch' | 'collect' | 'detect' | 'readPlan' | 'removeExpired'>
>({
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '5m',
  heartbeatTimeout: '30s',
  retry,
})

/** Writes that must not be lost however long the database is away. */
export const persistentActivities = proxyActivities<
  Pick<
    Activities,
    | 'loadPolicy'
    | 'recordPolicyChange'
    | 'recordUnchangedPolicy'
    | 'recordCommandToCycle'
    | 'pause'
    | 'resume'
    | 'rollBackAll'
    | 'triggerCycle'
    | 'startFocusedCycle'
    | 'setCadence'
    | 'recordApproval'
    | 'conclude'
    | 'giveUp'
    | 'release'
    | 'reportProfiles'
  >
>({ startToCloseTimeout: '20s', retry })

/** Applying waits for acknowledgements; a trial that cannot be applied soon is not worth applying. */
const applyActivities = proxyActivities<Pick<Activities, 'execute'>>({
  startToCloseTimeout: '45s',
  scheduleToCloseTimeout: '90s',
  heartbeatTimeout: '15s',
  retry,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

/** Instances restart one after the other; the activity itself gives up on one that takes longer than `trials.restartMs`. */
const restartingActivities = proxyActivities<Pick<Activities, 'execute'>>({
  startToCloseTimeout: '45s',
  scheduleToCloseTimeout: '1d',
  heartbeatTimeout: '15s',
  retry,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

/** An approved change waits for its turn on the agent, if necessary behind the longest trial that `trials.longestHours` allows. */
const approvedActivities = proxyActivities<Pick<Activities, 'execute'>>({
  startToCloseTimeout: '45s',
  scheduleToCloseTimeout: '32d',
  heartbeatTimeout: '15s',
  retry: { ...retry, maximumInterval: '1m' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

/** A change-over during a trial of hours or days waits for an instance that is being restarted, and for workers and servers. */
const patientActivities = proxyActivities<Pick<Activities, 'execute'>>({
  startToCloseTimeout: '45s',
  scheduleToCloseTimeout: '10m',
  heartbeatTimeout: '15s',
  retry,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

/** Puts the change or the previous values in force during a trial of hours or days. */
export const selectChangeoverActivities = ({ restarts }: Pick<StrategyRef, 'restarts'>) =>
  restarts ? restartingActivities : patientActivities

/** Applies a change, waiting for as long as that may take. @param isFirst whether it begins the trial */
export function selectApplyActivities({ asks, restarts }: Pick<StrategyRef, 'asks' | 'restarts'>, isFirst = false) {
  if (asks && isFirst) return approvedActivities
  return restarts ? restartingActivities : applyActivities
}

/**
 * One long observation; a dead worker is noticed by its missing heartbeat, and another continues from the stored samples. Its time
 * limit follows from the configuration; the timeouts here are for trials that earlier versions started.
 */
export const observationActivities = proxyActivities<Pick<Activities, 'measure'>>({
  startToCloseTimeout: '20m',
  scheduleToCloseTimeout: '30m',
  heartbeatTimeout: '10s',
  retry,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

/** An observation ends by itself; the rest of the time is for workers that die and are replaced. */
export function getObservationTimeouts(observeMs: number | undefined): ActivityOptions {
  if (observeMs === undefined) return {}
  return { startToCloseTimeout: observeMs + 5 * minuteMs, scheduleToCloseTimeout: observeMs + 20 * minuteMs }
}

/** A profile takes at most a minute; it is not worth waiting long for. */
export const profileActivities = proxyActivities<Pick<Activities, 'planProfiles' | 'takeProfile'>>({
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '6m',
  heartbeatTimeout: '15s',
  retry: { ...retry, maximumAttempts: 3 },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

/**
 * One look at a trial outside a cycle; a dead worker is noticed by its missing heartbeat. It may wait long for workers and servers that are away, because the trial of days is worth more
 * than the wait; nothing could be rolled back without them either.
 */
export const lookActivities = proxyActivities<Pick<Activities, 'look'>>({
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '1d',
  heartbeatTimeout: '20s',
  retry: { ...retry, maximumInterval: '1m' },
})

/** A compensation inside a cycle: tried for a minute, then handed to a `restore` workflow. */
export const compensationActivities = proxyActivities<Pick<Activities, 'restore'>>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '60s',
  heartbeatTimeout: '15s',
  retry,
})

/** A compensation with nothing else to do: tried until it succeeds, which is soon after its last instance answers or is gone. */
export const unlimitedCompensationActivities = proxyActivities<Pick<Activities, 'restore' | 'rewind'>>({
  startToCloseTimeout: '30s',
  heartbeatTimeout: '15s',
  retry,
})

/** Monitors for some minutes; a dead worker is noticed by its missing heartbeat, and another one continues. */
export const monitoringActivities = proxyActivities<Pick<Activities, 'monitor'>>({
  startToCloseTimeout: '15m',
  heartbeatTimeout: '20s',
  retry,
})
