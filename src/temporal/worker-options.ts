import { hostname } from 'node:os'
import type { WorkerDeploymentOptions, WorkerOptions } from '@temporalio/worker'
import type { Config } from '../config.ts'
import { findWorkflowCode } from './workflow-bundle.ts'

/**
 * How a worker of this project runs, whatever it runs. Workflow code runs in a thread of its own, and the default of 100 activities at
 * once leaves room for compensations beside all trials that may be observed.
 * @throws OptimizerError `invalid-config`
 */
export function buildWorkerOptions({ taskQueue, worker }: Pick<Config, 'taskQueue' | 'worker'>) {
  return {
    taskQueue,
    ...findWorkflowCode(worker.workflowBundle),
    identity: `optimizer-worker-${process.pid}@${hostname()}`,
    workerDeploymentOptions: findDeployment(worker),
    // An activity hears of its cancellation when it heartbeats: a person's word shall reach a running trial at once.
    maxHeartbeatThrottleInterval: '1s',
    // Short activities end by themselves. Observations are cancelled after it and go on in another worker.
    shutdownGraceTime: '2s',
    // An activity that does not even hear its cancellation must not hold up the process until it is killed.
    shutdownForceTime: '6s',
  } satisfies WorkerOptions
}

/**
 * A worker with a build id takes part in worker versioning. All workflows move to the current version: a saga must never wait for a
 * worker that was stopped.
 */
function findDeployment({ deploymentName, buildId }: Config['worker']): WorkerDeploymentOptions | undefined {
  if (buildId === undefined) return undefined
  return { version: { deploymentName, buildId }, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' }
}
