/** Timeouts and retries. What no second attempt mends is marked so by `activities/failures.ts`. */
import { ActivityCancellationType, type ActivityOptions, proxyActivities, type RetryPolicy } from '@temporalio/workflow'
import type { Activities } from '../contract/activities.ts'

const minuteMs = 60_000
const retry: RetryPolicy = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' }

/** Short reads and writes that survive a database or broker that is away for a minute. */
export const quickActivities = proxyActivities<Activities>({
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

/** What must not be lost however long the database is away; nothing waits for it. */
export const persistentActivities = proxyActivities<Activities>({ startToCloseTimeout: '20s', retry })

/** Applying waits for acknowledgements; a trial that cannot be applied soon is not worth applying. */
export const applyActivities = proxyActivities<Activities>({
  startToCloseTimeout: '45s',
  scheduleToCloseTimeout: '90s',
  heartbeatTimeout: '15s',
  retry,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

/** What a person approved waits for its turn on the agent, behind the longest trial if need be. */
export const patientActivities = proxyActivities<Activities>({
  startToCloseTimeout: '45s',
  scheduleToCloseTimeout: '90m',
  heartbeatTimeout: '15s',
  retry,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

/**
 * One long observation; a dead worker is noticed by its missing heartbeat and another goes on from the stored samples. How long it
 * may take follows from the configuration; the timeouts here are for trials that earlier versions began.
 */
export const observationActivities = proxyActivities<Activities>({
  startToCloseTimeout: '20m',
  scheduleToCloseTimeout: '30m',
  heartbeatTimeout: '10s',
  retry,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

/** An observation ends by itself; the rest of the time is for workers that die, and for others to come. */
export function observationTimeouts(observeMs: number | undefined): ActivityOptions {
  if (observeMs === undefined) return {}
  return { startToCloseTimeout: observeMs + 5 * minuteMs, scheduleToCloseTimeout: observeMs + 20 * minuteMs }
}

/** A compensation inside a cycle: tried for a minute, then handed to a `restore` workflow. */
export const compensationActivities = proxyActivities<Activities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '60s',
  heartbeatTimeout: '15s',
  retry,
})

/** A compensation with nothing else to do: tried until it succeeds. */
export const unlimitedCompensationActivities = proxyActivities<Activities>({
  startToCloseTimeout: '30s',
  heartbeatTimeout: '15s',
  retry: { ...retry, maximumInterval: '1m' },
})
