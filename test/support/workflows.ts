import { fileURLToPath } from 'node:url'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker'
import { inject } from 'vitest'
import type { Activities, StrategyRef } from '../../src/contract/activities.ts'
import { defaultPolicy } from '../../src/model/policy.ts'
import { ensureSearchAttributes } from '../../src/temporal/register-search-attributes.ts'

export const taskQueue = 'test'
export const workflowsPath = fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url))

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined

/** The workflows, bundled once a test file. */
export function workflowBundle(): Promise<WorkflowBundleWithSourceMap> {
  bundle ??= bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') })
  return bundle
}

/** A server that skips time, with this project's search attributes. */
export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: inject('timeSkippingServer') } },
  })
  await ensureSearchAttributes(environment.connection, 'default')
  return environment
}

/** Runs the work while a worker with these activities runs the workflows. */
export async function withWorker<T>(
  environment: TestWorkflowEnvironment,
  activities: Activities,
  work: () => Promise<T>,
): Promise<T> {
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue,
    workflowBundle: await workflowBundle(),
    activities,
    // An activity hears that it is cancelled when it heartbeats.
    maxHeartbeatThrottleInterval: '100ms',
  })
  return await worker.runUntil(work)
}

export const strategyRef = (agentId: string, number = 1): StrategyRef => ({
  id: `opt_${number}_${agentId.replace(/\W/g, '')}`,
  type: 'agent_response_time',
  agentId,
  priority: 'high',
  description: `Optimize agent_response_time for ${agentId}`,
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
    watch: async () => ({ takenBack: [] }),
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
    pause: record(
      'pause',
      ({ by, reason }) => `${by}: ${reason}`,
      () => undefined,
    ),
    resume: async () => void done.push('resume'),
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
  }
  return { activities: { ...usual, ...overrides }, done }
}
