import { Context } from '@temporalio/activity'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection, Worker } from '@temporalio/worker'
import type { StrategyRef } from '../../../src/contract/activities.ts'
import { ensureRetentionSchedule } from '../../../src/temporal/retention-schedule.ts'
import { ensureSchedule } from '../../../src/temporal/schedule.ts'
import { eventually } from '../../support/eventually.ts'
import { installQuietRuntime } from '../../support/runtime.ts'
import { createNamespace } from '../../support/temporal.ts'
import { scriptedFleet, workflowBundle } from '../../support/workflows.ts'

const taskQueue = 'optimizer'
/** The version that docs/temporal.md deploys. */
const version = { deploymentName: 'performance-optimizer', buildId: '0.2.0' }

/** The workflows as users meet them, on a real Temporal server; the fleet is scripted. */
export interface ScriptedOptimizer {
  /** The environment in which a client finds it. */
  environment: Record<'TEMPORAL_ADDRESS' | 'TEMPORAL_NAMESPACE', string>
  client: Client
  /** The actions on the fleet, in order. */
  done: string[]
  stop(): Promise<void>
}

/**
 * @param endless these trials are observed until somebody ends them
 * @param stuck what these trials changed cannot be put back
 */
export async function startScriptedOptimizer(
  strategies: StrategyRef[],
  endless: string[] = [],
  stuck: string[] = [],
): Promise<ScriptedOptimizer> {
  installQuietRuntime()
  const { address, namespace } = await createNamespace()
  const connection = await Connection.connect({ address })
  const client = new Client({ connection, namespace })
  await ensureSchedule(client, { taskQueue, schedule: { minMinutes: 5, maxMinutes: 10, jitterSeconds: 0 } }, false)
  await ensureRetentionSchedule(client, taskQueue)

  const fleet = scriptedFleet(strategies)
  const measure: typeof fleet.activities.measure = async (input) => {
    while (endless.includes(input.trialId)) {
      Context.current().heartbeat()
      await Context.current().sleep(100)
    }
    return await fleet.activities.measure(input)
  }
  const restore: typeof fleet.activities.restore = async (input) => {
    if (stuck.includes(input.trialId)) throw new Error('an instance does not answer')
    return await fleet.activities.restore(input)
  }
  const workerConnection = await NativeConnection.connect({ address })
  const worker = await Worker.create({
    connection: workerConnection,
    namespace,
    taskQueue,
    workflowBundle: workflowBundle(),
    activities: { ...fleet.activities, measure, restore },
    maxHeartbeatThrottleInterval: '100ms',
    shutdownGraceTime: 0,
    workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' },
  })
  const running = worker.run()
  const request = { ...version, namespace, identity: client.options.identity }
  await eventually('the worker to be known', () => client.workflowService.setWorkerDeploymentCurrentVersion(request))
  // In a whole installation the first cycle starts it.
  await client.workflow.start('optimizer', { workflowId: 'optimizer', taskQueue })
  return {
    environment: { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace },
    client,
    done: fleet.done,
    async stop() {
      worker.shutdown()
      await running
      await workerConnection.close()
      await connection.close()
    },
  }
}
