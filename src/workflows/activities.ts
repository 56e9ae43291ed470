/** Timeouts and retries. What no second attempt mends is marked so by `activities/failures.ts`. */
import { ActivityCancellationType, proxyActivities, type RetryPolicy } from '@temporalio/workflow'
import type { Activities } from '../contract/activities.ts'

const retry: RetryPolicy = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' }

/** Short reads and writes: they outlive a database or broker that is away for a minute. */
export const quickActivities = proxyActivities<
  Pick<Activities, 'readPolicy' | 'requireAgent' | 'sweep' | 'watch' | 'collect' | 'detect' | 'plan' | 'ask' | 'report'>
>({
  startToCloseTimeout: '20s',
  scheduleToCloseTimeout: '2m',
  retry,
})

/** What must not be lost however long the database is away. */
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

/** What a person approved waits for its turn on the agent. */
export const patientActivities = proxyActivities<Pick<Activities, 'execute'>>({
  startToCloseTimeout: '45s',
  scheduleToCloseTimeout: '30m',
  heartbeatTimeout: '15s',
  retry,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

/** One long observation; a dead worker is noticed by its missing heartbeat and another goes on from the stored samples. */
export const observationActivities = proxyActivities<Pick<Activities, 'measure'>>({
  startToCloseTimeout: '20m',
  scheduleToCloseTimeout: '30m',
  heartbeatTimeout: '10s',
  retry,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
})

/** A compensation inside a cycle: tried for a minute, then handed to a `restore` workflow. */
export const compensationActivities = proxyActivities<Pick<Activities, 'restore'>>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '60s',
  heartbeatTimeout: '15s',
  retry,
})

/** A compensation with nothing else to do: tried until it succeeds. */
export const unlimitedCompensationActivities = proxyActivities<Pick<Activities, 'restore' | 'rewind'>>({
  startToCloseTimeout: '30s',
  heartbeatTimeout: '15s',
  retry: { ...retry, maximumInterval: '1m' },
})
