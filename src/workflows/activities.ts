/** Timeouts and retries. `TypedFailureInterceptor` marks the failures that no retry can fix. */
import { ActivityCancellationType, proxyActivities, type RetryPolicy } from '@temporalio/workflow'
import type { Activities } from '../contract/activities.ts'

const retry: RetryPolicy = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' }

/** Short reads and writes that survive a database or broker that is away for a minute. */
export const quickActivities = proxyActivities<Activities>({
  startToCloseTimeout: '20s',
  scheduleToCloseTimeout: '2m',
  retry,
})

/** Writes that must not be lost however long the database is away; nothing waits for them. */
export const persistentActivities = proxyActivities<Activities>({ startToCloseTimeout: '20s', retry })

/** Applying waits for acknowledgements; a trial that cannot be applied soon is not worth applying. */
export const applyActivities = proxyActivities<Activities>({
  startToCloseTimeout: '45s',
  scheduleToCloseTimeout: '90s',
  heartbeatTimeout: '15s',
  retry,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

/** An approved trial waits for its turn on the agent. */
export const patientActivities = proxyActivities<Activities>({
  startToCloseTimeout: '45s',
  scheduleToCloseTimeout: '30m',
  heartbeatTimeout: '15s',
  retry,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

/** One long observation; a dead worker is noticed by its missing heartbeat and another continues from the stored samples. */
export const observationActivities = proxyActivities<Activities>({
  startToCloseTimeout: '20m',
  scheduleToCloseTimeout: '30m',
  heartbeatTimeout: '10s',
  retry,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

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
