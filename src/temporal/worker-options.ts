import { hostname } from 'node:os'
import type { WorkerDeploymentOptions, WorkerOptions } from '@temporalio/worker'
import type { Config } from '../config/config.ts'
import { findWorkflowCode } from './workflow-bundle.ts'

/**
 * The options of a worker. Workflow code runs in a separate thread.
 * @param activitySlots activities that it carries out at the same time
 * @throws OptimizerError `invalid-config`
 */
export function buildWorkerOptions({ taskQueue, worker }: Pick<Config, 'taskQueue' | 'worker'>, activitySlots: number) {
  return {
    taskQueue,
    ...findWorkflowCode(worker.workflowBundle),
    identity: `optimizer-worker-${process.pid}@${hostname()}`,
    workerDeploymentOptions: findDeployment(worker),
    maxConcurrentActivityTaskExecutions: activitySlots,
    // An activity learns of its cancellation when it heartbeats, and an operator's command must reach a running trial at once.
    maxHeartbeatThrottleInterval: '1s',
    // Short activities finish within it. Observations are then cancelled and continue on another worker.
    shutdownGraceTime: '2s',
    // An activity that ignores its cancellation must not delay the exit until the process is killed.
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
