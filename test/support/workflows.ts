import type { WorkflowHandle } from '@temporalio/client'
import { type Duration, WorkflowNotFoundError } from '@temporalio/common'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { Worker } from '@temporalio/worker'
import type { Activities, StrategyRef } from '../../src/contract/activities.ts'
import { defaultPolicy } from '../../src/model/policy.ts'
import { ensureSearchAttributes } from '../../src/temporal/ensure-search-attributes.ts'
import { installQuietRuntime } from './runtime.ts'
import { shared } from './shared.ts'

export const taskQueue = 'test'

/** The workflows as all tests share them. */
export const workflowBundle = () => ({ codePath: shared('workflowBundle') })

/** A Temporal server that skips time, and a worker that runs the workflows with the activities of one test after the other. */
export interface WorkflowEnvironment {
  client: TestWorkflowEnvironment['client']
  /** Runs the work while the workflows find these activities. */
  withActivities<T>(activities: Activities, work: () => Promise<T>): Promise<T>
  /** Lets so much of the server's time pass at once. */
  skip(duration: Duration): Promise<void>
  teardown(): Promise<void>
}

export async function startWorkflowEnvironment(): Promise<WorkflowEnvironment> {
  installQuietRuntime()
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: shared('timeSkippingServer') } },
  })
  await ensureSearchAttributes(environment.connection, 'default')
  let current: Activities | undefined
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue,
    workflowBundle: workflowBundle(),
    activities: delegating(() => current),
    // An activity hears that it is cancelled when it heartbeats.
    maxHeartbeatThrottleInterval: '100ms',
    shutdownForceTime: '1s',
  })
  const running = worker.run()
  return {
    client: environment.client,
    async withActivities(activities, work) {
      current = activities
      return await work()
    },
    skip: async (duration) => await environment.sleep(duration),
    async teardown() {
      worker.shutdown()
      await running
      await environment.teardown()
    },
  }
}

/**
 * Terminates a workflow that waits without a timer. While the server skips time for the result of another workflow, such
 * a workflow may already have reached its execution timeout.
 */
export async function terminateIdle(handle: WorkflowHandle): Promise<void> {
  await handle.terminate().catch((error) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error
  })
}

/** Activities of every name, each the present test's. */
function delegating(current: () => Activities | undefined): Activities {
  const names = Object.keys(scriptedFleet([]).activities) as (keyof Activities)[]
  const delegate = (name: keyof Activities) => async (input: never) => await current()![name](input)
  return Object.fromEntries(names.map((name) => [name, delegate(name)])) as unknown as Activities
}

export const strategyRef = (agentId: string, number = 1): StrategyRef => ({
  id: `opt_${number}_${agentId.replace(/\W/g, '')}`,
  type: 'agent_response_time',
  agentId,
  priority: 'high',
  description: `Raise cacheSize from 2 to 4, to make ${agentId} respond faster`,
  changes: 'cacheSize 2 → 4',
})

/**
 * A fleet that exists as a list of what was done to it. Everything goes well unless overridden; `done` says what
 * happened, in order.
 */
export function scriptedFleet(strategies: StrategyRef[], overrides: Partial<Activities> = {}, done: string[] = []) {
  const record = <I, O>(name: string, describe: (input: I) => string, answer: (input: I) => O) => {
    return async (input: I): Promise<O> => {
      done.push([name, describe(input)].filter(Boolean).join(' '))
      return answer(input)
    }
  }
  const usual: Activities = {
    readPolicy: async () => defaultPolicy,
    loadPolicy: async () => ({ policy: defaultPolicy, proven: 0, unproven: 0 }),
    requireAgent: async () => undefined,
    sweep: async () => ({ restoring: [] }),
    watch: async () => ({ rolledBack: [] }),
    collect: record(
      'collect',
      ({ target }) => target ?? '',
      () => ({ snapshotId: 's', agents: 2, gaps: [], collectMs: 5 }),
    ),
    detect: record(
      'detect',
      () => '',
      () => ({
        bottlenecks: { total: strategies.length, worst: 'high' as const, lines: [] },
        strategies,
        skipped: [],
        detectMs: 1,
        pairs: [],
        budget: { cycleMs: 270_000, trialMs: 90_000, concurrent: 2 },
      }),
    ),
    readPlan: async () => ({ strategies: [], pairs: [] }),
    plan: record(
      'plan',
      () => '',
      ({ strategyId, agentId }) => ({ ...strategyRef(agentId), id: strategyId }),
    ),
    ask: record(
      'ask',
      ({ trialId }) => trialId,
      ({ trialId }) => ({ strategy: { ...strategyRef('a'), id: trialId, asks: true }, waitMs: 86_400_000, details: 'risky' }),
    ),
    recordApproval: record(
      'recordApproval',
      ({ trialId, state, by, reason }) => [trialId, state, by, reason].filter(Boolean).join(' '),
      () => undefined,
    ),
    execute: record(
      'execute',
      ({ trialId, step }) => `${step} ${trialId}`,
      () => ({ version: 2, instances: ['a'] }),
    ),
    measure: record(
      'measure',
      ({ trialId, step }) => `${step} ${trialId}`,
      () => ({ verdict: 'keep' as const, reason: 'faster' }),
    ),
    look: record(
      'look',
      ({ trialId, step }) => `${step} ${trialId}`,
      () => ({ verdict: 'keep' as const, reason: 'faster' }),
    ),
    restore: record(
      'restore',
      ({ trialId }) => trialId,
      () => ({ outcome: 'done' as const, issues: [] }),
    ),
    rewind: record(
      'rewind',
      ({ agentId, to }) => `${agentId} to ${to}`,
      () => ({ outcome: 'done' as const, issues: [] }),
    ),
    giveUp: record(
      'giveUp',
      ({ note }) => note.by,
      ({ note }) => ({ outcome: 'given-up' as const, issues: [note.reason] }),
    ),
    conclude: record(
      'conclude',
      ({ trialId, verdict, failure }) => `${trialId} ${verdict ?? 'failed'}${failure ? `: ${failure.reason}` : ''}`,
      ({ trialId, verdict, failure }) => ({
        trialId,
        agentId: 'a',
        verdict: verdict ?? ('undecided' as const),
        metric: 'responseTime' as const,
        improvement: 10,
        interval: [5, 15] as [number, number],
        reason: failure?.reason ?? '',
        inTheWay: failure?.code === 'in-the-way',
      }),
    ),
    report: record(
      'report',
      ({ state, left }) => [state, ...Object.entries(left).map(([id, why]) => `${id} left: ${why}`)].join(', '),
      ({ cycleId }) => ({
        summary: {
          cycleId,
          proven: 1,
          unproven: 0,
          worstSeverity: 'high' as const,
          autonomy: 0.82,
          autonomyByKind: { hunter: 0.82 },
          reputation: 0.8,
        },
        overallImprovement: 10,
      }),
    ),
    setCadence: record(
      'setCadence',
      () => '',
      () => 6,
    ),
    triggerCycle: async () => void done.push('triggerCycle'),
    startFocusedCycle: record(
      'startFocusedCycle',
      ({ agentId }) => agentId,
      () => undefined,
    ),
    monitor: async () => undefined,
    removeExpired: async () => ({ partitions: 0, rows: 0, isComplete: true }),
    pause: record(
      'pause',
      ({ by, reason }) => `${by}: ${reason}`,
      () => undefined,
    ),
    resume: async () => void done.push('resume'),
    release: record(
      'release',
      ({ agentId, knob }) => [agentId, knob].filter(Boolean).join(' '),
      () => undefined,
    ),
    rollBackAll: record(
      'rollBackAll',
      ({ reason }) => reason,
      () => undefined,
    ),
    recordPolicyChange: record(
      'recordPolicyChange',
      () => '',
      () => undefined,
    ),
    recordUnchangedPolicy: record(
      'recordUnchangedPolicy',
      ({ command, by }) => `${command.type} ${by}`,
      () => undefined,
    ),
    recordCommandToCycle: record(
      'recordCommandToCycle',
      ({ command, by, reason }) => `${command.type} ${by}: ${reason}`,
      () => undefined,
    ),
    planProfiles: async () => ({ targets: [{ of: 'worker', kind: 'cpu', seconds: 1 }], refused: [] }),
    takeProfile: record(
      'takeProfile',
      ({ target }) => target.of,
      () => ({ profileId: 1 }),
    ),
    reportProfiles: record(
      'reportProfiles',
      ({ profileIds, refused = [] }) => [...profileIds, ...refused.map(({ code }) => code)].join(' '),
      () => ({ lines: [] }),
    ),
  }
  return { activities: { ...usual, ...overrides }, done }
}
