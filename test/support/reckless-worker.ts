/** A worker whose first brake is off: its policy is the boldest, and its planner proposes whatever a test tells it to. */
import { randomUUID } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection, Worker } from '@temporalio/worker'
import { createActivities } from '../../src/activities/index.ts'
import { toStrategyRef } from '../../src/activities/strategy-ref.ts'
import { TypedFailureInterceptor } from '../../src/activities/typed-failure-interceptor.ts'
import { createActuator } from '../../src/actuators/index.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import type { Activities } from '../../src/contract/activities.ts'
import { connectNats } from '../../src/messaging/connection.ts'
import type { KnobValue } from '../../src/model/knob.ts'
import { defaultPolicy } from '../../src/model/policy.ts'
import type { Strategy } from '../../src/model/strategy.ts'
import { insertStrategies } from '../../src/store/strategies.ts'
import { installQuietRuntime } from './runtime.ts'
import { strategyFor } from './store.ts'
import type { System } from './system.ts'
import { workflowBundle } from './workflows.ts'

export interface Wish {
  agentId: string
  knob: string
  from: KnobValue
  to: KnobValue
}

/** Runs one cycle, the only one in this process, that tries to carry out all the wishes at once. */
export async function recklessCycle(system: System, wishes: Wish[]) {
  installQuietRuntime()
  const config = loadConfig({ OPTIMIZER_CONFIG: system.environment.OPTIMIZER_CONFIG })
  const address = system.environment.TEMPORAL_ADDRESS!
  const { namespace } = system.client.temporal.options
  const [native, connection, nats] = await Promise.all([
    NativeConnection.connect({ address }),
    Connection.connect({ address }),
    connectNats(system.natsUrl, 'reckless'),
  ])
  const { db } = system
  const activities = createActivities({
    db,
    nats,
    temporal: new Client({ connection, namespace }),
    config,
    actuatorFor: (transport) => createActuator(transport, { nats, db }),
  })
  const strategies = wishes.map(proposal)
  const taskQueue = `reckless-${randomUUID()}`
  const worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue,
    workflowBundle: workflowBundle(),
    maxHeartbeatThrottleInterval: '1s',
    interceptors: { activity: [() => ({ inbound: new TypedFailureInterceptor() })] },
    activities: {
      ...activities,
      readPolicy: async () => ({ ...defaultPolicy, aggressiveness: 5 }),
      async detect({ cycleId }: Parameters<Activities['detect']>[0]): ReturnType<Activities['detect']> {
        await insertStrategies(db, cycleId, strategies)
        return {
          bottlenecks: { total: wishes.length, worst: 'critical', lines: [] },
          strategies: strategies.map(toStrategyRef),
          skipped: [],
          detectMs: 0,
          pairs: [],
          budget: { cycleMs: 600_000, trialMs: 0, concurrent: 50 },
        }
      },
    },
  })
  try {
    const workflowId = `cycle-${taskQueue}`
    const run = () => system.client.temporal.workflow.execute('optimizationCycle', { taskQueue, workflowId })
    return { workflowId, strategies, result: await worker.runUntil(run) }
  } finally {
    await Promise.all([native.close(), connection.close(), nats.close()])
  }
}

function proposal({ agentId, ...change }: Wish, index: number): Strategy {
  const id = `opt_${Date.now()}_reckless${index}`
  return { ...strategyFor(agentId, id), actions: [{ description: 'A reckless change', agentId, ...change }] }
}
