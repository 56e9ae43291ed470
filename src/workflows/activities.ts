/** Timeouts and retries. `TypedFailureInterceptor` marks the failures that no retry can fix. */
import { ActivityCancellationType, type ActivityOptions, proxyActivities, type RetryPolicy } from '@temporalio/workflow'
import type { Activities } from '../contract/activities.ts'

const minuteMs = 60_000
const retry: RetryPolicy = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' }

/** Short reads and writes that survive a database or broker that is away for a minute. */
export const quickActivities = proxyActivities<
  Pick<Activities, 'readPolicy' | 'requireAgent' | 'sweep' | 'plan' | 'ask' | 'report'>
>({
  startToCloseTimeout: '20s',
  scheduleToCloseTimeout: '2m',
  retry,
})

/** Reads and plans that take longer the larger the fleet is. */
export const planningActivities = proxyActivities<Pick<Activities, 'watch' | 'collect' | 'detect'>>({
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '5m',
  retry,
})

/** Writes that must not be lost however long the database is away. */
export const persistentActivities = proxyActivities<
  Pick<
    Activities,
    | 'loadPolicy'
    | 'recordPolicyChange'
    | 'pause'
    | 'resume'
    | 'rollBackAll'
    | 'triggerCycle'
    | 'setCadence'
    | 'recordApproval'
    | 'conclude'
    | 'giveUp'
    | 'release'
  >
>({ startToCloseTimeout: '20s', retry })

/** Applying waits for acknowledgements; a trial that cannot be applied soon is not worth applying. */
export const applyActivities = proxyActivities<Pick<Activities, 'execute'>>({
  startToCloseTimeout: '45s',
  scheduleToCloseTimeout: '90s',
  heartbeatTimeout: '15s',
  retry,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

/** An approved change waits for its turn on the agent, if necessary behind the longest trial. */
export const longRetryActivities = proxyActivities<Pick<Activities, 'execute'>>({
  startToCloseTimeout: '45s',
  scheduleToCloseTimeout: '90m',
  heartbeatTimeout: '15s',
  retry,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

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
export function observationTimeouts(observeMs: number | undefined): ActivityOptions {
  if (observeMs === undefined) return {}
  return { startToCloseTimeout: observeMs + 5 * minuteMs, scheduleToCloseTimeout: observeMs + 20 * minuteMs }
}

/**
 * One look at a trial outside a cycle. It may wait long for workers and servers that are away, because the trial of days is worth more
 * than the wait; nothing could be rolled back without them either.
 */
export const lookActivities = proxyActivities<Pick<Activities, 'look'>>({
  startToCloseTimeout: '2m',
  scheduleToCloseTimeout: '1d',
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
