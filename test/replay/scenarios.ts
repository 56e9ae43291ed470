/** How the recorded histories come about: with scripted activities, each on its own. */
import { Context } from '@temporalio/activity'
import type { Client, WorkflowHandle } from '@temporalio/client'
import { ApplicationFailure } from '@temporalio/common'
import { getFirstPlanPage, getPlanPage } from '../../src/activities/plan-pages.ts'
import type { Activities, PlanPage } from '../../src/contract/activities.ts'
import { searchAttributes } from '../../src/contract/search-attributes.ts'
import { defaultPolicy } from '../../src/model/policy.ts'
import type { Verdict } from '../../src/model/trial.ts'
import { eventually } from '../support/eventually.ts'
import { scriptedFleet, strategyRef, taskQueue } from '../support/workflows.ts'

const verdicts: Record<string, Verdict> = { alpha: 'keep', beta: 'roll-back', gamma: 'undecided' }
/** Workflows whose trials are observed until somebody ends them, and whose restores do not come to an end. */
const endless = /(ended-early|aborted|by-update|given-up)$/
const note = { by: 'a person', why: 'a test' }

/** Observes until it is cancelled. */
async function observe(): Promise<never> {
  const context = Context.current()
  const beat = setInterval(() => context.heartbeat(), 200)
  try {
    return await context.cancelled
  } finally {
    clearInterval(beat)
  }
}

/** A plan that fills several payloads. */
const many = Array.from({ length: 20 }, (_, index) => `many-agents-of-one-kind-${index + 1}`)
const planOfMany: PlanPage = {
  strategies: many.map((agentId, index) => ({
    ...strategyRef(agentId, index + 1),
    description: `${'Raise cacheSize, as it helped others; '.repeat(8)}${agentId}`.slice(0, 300),
    changes: 'cacheSize 2 → 4, '.repeat(25),
  })),
  pairs: many.slice(1).map((agentId, index) => [agentId, many[index]!]),
}

let attempts = 0
let looks = 0
/** Asked for a cycle in a freeze window, and again after its end. */
const frozen = new Set<string | null>()
const unfrozen = new Set<string | null>()
const workflowIdOf = () => Context.current().info.workflowExecution!.workflowId
const isEndless = () => endless.test(workflowIdOf())

function askFreeze(agentId: string | null) {
  if (workflowIdOf() !== 'optimizer-postponed') return undefined
  if (frozen.has(agentId)) return void unfrozen.add(agentId)
  frozen.add(agentId)
  return { until: Date.now() }
}

const usual = scriptedFleet(Object.keys(verdicts).map((agentId, index) => strategyRef(agentId, index + 1))).activities

export const activities: Activities = {
  ...usual,
  async sweep() {
    if (workflowIdOf() === 'cycle-without-clean-up') throw ApplicationFailure.nonRetryable('Temporal does not answer', 'failed')
    return await usual.sweep()
  },
  async ask(input) {
    if (input.trialId === 'opt_9_competing') throw ApplicationFailure.nonRetryable('opt_9_alpha comes first', 'awaiting-decision')
    return await usual.ask(input)
  },
  async detect(input) {
    const detected = await usual.detect(input)
    if (input.cycleId.endsWith('many-agents')) return getFirstPlanPage({ ...detected, ...planOfMany })
    if (!input.cycleId.endsWith('long-trial')) return detected
    return { ...detected, strategies: [{ ...strategyRef('rare', 4), alone: true }, ...detected.strategies.slice(0, 1)] }
  },
  readPlan: async ({ from }) => getPlanPage({ ...(await usual.detect({} as never)), ...planOfMany }, from),
  async measure({ trialId }) {
    const agent = trialId.split('_')[2]!
    const verdict = agent.startsWith('many') ? 'undecided' : verdicts[agent]
    return isEndless() || !verdict ? await observe() : { verdict, reason: verdict }
  },
  async execute({ trialId, step }) {
    const usual = { version: 2, instances: ['a'] }
    return trialId.endsWith('_rare') && (step === 'candidate' || step === 'half')
      ? { ...usual, observeMs: 259_200_000, isLong: true }
      : usual
  },
  /** A freeze window suspends it; it is proven after enough looks for a new run. */
  async look({ step }) {
    if (step === 'half') return { verdict: 'keep', reason: 'no harm' }
    const number = ++looks
    if (number === 3) return { verdict: 'continue', reason: 'a freeze window', next: 'suspend' }
    if (number === 5) return { verdict: 'continue', reason: 'a freeze window', next: 'resume' }
    if (number < 30) return { verdict: 'continue', reason: 'not proven yet', waitMs: 20, progress: `about ${30 - number} more` }
    return { verdict: 'keep', reason: 'cheaper' }
  },
  async restore({ trialId }) {
    const waits = trialId === 'opt_9_scrapped'
    if (waits || ++attempts === 1) throw new Error('the agent does not answer')
    return { outcome: 'done', issues: [] }
  },
  triggerCycle: async (input) => askFreeze(input?.agentId ?? null),
  startFocusedCycle: async ({ agentId }) => askFreeze(agentId),
  async takeProfile(input) {
    const { workflowId } = Context.current().info.workflowExecution!
    if (workflowId.startsWith('profile-refused')) throw ApplicationFailure.nonRetryable('it stopped', 'agent-away')
    return await usual.takeProfile(input)
  },
}

/** Brings a workflow of this id to its end. @returns it, or the runs that it consisted of, by what they are called */
type Scenario = (client: Client, workflowId: string) => Promise<WorkflowHandle | Record<string, WorkflowHandle>>

export const scenarios: Record<string, Scenario> = {
  async optimizer(client, workflowId) {
    const control = await start(client, 'optimizer', workflowId)
    await control.signal('increaseAggressiveness')
    await control.signal('focusOnAgent', { agent: 'alpha' })
    await control.signal('focusOnAgent', 7)
    await control.signal('reduceResourceConsumption')
    await control.signal('optimizeSystemPerformance')
    await control.signal('decreaseAggressiveness')
    await command(control, { type: 'setAggressiveness', level: 4 })
    for (const type of ['pause', 'abort', 'resume']) await command(control, { type })
    await control.terminate()
    return control
  },

  async 'optimizer-from-record'(client, workflowId) {
    const { activities: usual } = scriptedFleet([])
    const control = await start(client, 'optimizer', workflowId)
    const { summary } = await usual.report({ cycleId: 'cycle-1', runId: 'run-1', phases: {}, state: 'completed', left: {} })
    await control.signal('increaseAggressiveness')
    await control.signal('cycleFinished', { ...summary, adaptation: { step: 1, reason: 'bolder', limits: {} } })
    await command(control, { type: 'focusOnAgent', agentId: 'alpha' })
    for (const type of ['optimizeSystemPerformance', 'pause', 'abort', 'resume']) await command(control, { type })
    await control.terminate()
    return control
  },

  async 'optimizer-continued-as-new'(client, workflowId) {
    const control = await start(client, 'optimizer', workflowId)
    const first = await runOf(control)
    for (let level = 1; (await runOf(control)) === first; level = (level % 5) + 1)
      await command(control, { type: 'setAggressiveness', level }).catch(() => undefined)
    await command(control, { type: 'pause' })
    const second = await runOf(control)
    await control.terminate()
    return {
      [workflowId]: client.workflow.getHandle(workflowId, first),
      'optimizer-with-carried-state': client.workflow.getHandle(workflowId, second),
    }
  },

  async 'optimizer-alerts'(client, workflowId) {
    const control = await start(client, 'optimizer', workflowId)
    await control.signal('performanceAlert', { severity: 'critical', reason: 'everything is slow' })
    await control.signal('agentUnderperformance', { agent: 'alpha' })
    for (const isOver of [false, true]) await control.signal('resourceConstraintWarning', { resource: 'cpuPercent', isOver })
    await command(control, { type: 'pause' })
    await control.terminate()
    return control
  },

  async 'optimizer-shared-alerts'(client, workflowId) {
    const control = await start(client, 'optimizer', workflowId)
    for (const agent of ['alpha', 'beta', 'gamma']) await control.signal('agentUnderperformance', { agent })
    await command(control, { type: 'focusOnAgent', agentId: 'alpha' })
    await control.signal('agentUnderperformance', { agent: 'delta' })
    await command(control, { type: 'pause' })
    await control.terminate()
    return control
  },

  /** A freeze window is removed after the alert; what is postponed is carried from the run before. */
  async 'optimizer-postponed'(client, workflowId) {
    const state = { policy: defaultPolicy, proven: 0, unproven: 0, lastCycle: null, cadenceMinutes: null }
    const control = await start(client, 'optimizer', workflowId, { ...state, postponed: [{ agentId: 'carried', until: 0 }] })
    await control.signal('performanceAlert', { severity: 'critical' })
    await control.signal('agentUnderperformance', { agent: 'alpha' })
    await eventually('the cycles to start', async () => (unfrozen.size === 3 ? true : undefined))
    await command(control, { type: 'pause' })
    await control.terminate()
    return control
  },

  async 'optimizer-unchanged'(client, workflowId) {
    const control = await start(client, 'optimizer', workflowId)
    for (const type of ['pause', 'pause', 'optimizeSystemPerformance', 'clearFocus', 'resume']) await command(control, { type })
    await control.signal('reduceResourceConsumption')
    await control.signal('reduceResourceConsumption')
    await command(control, { type: 'setAggressiveness', level: 3 })
    await control.terminate()
    return control
  },

  async monitoring(client, workflowId) {
    const monitoring = await start(client, 'monitoring', workflowId)
    const first = await runOf(monitoring)
    await eventually('a new run', async () => ((await runOf(monitoring)) === first ? undefined : true))
    await monitoring.terminate()
    return { [workflowId]: client.workflow.getHandle(workflowId, first) }
  },

  retention: async (client, workflowId) => await ended(await start(client, 'retention', workflowId)),

  'cycle-with-every-verdict': async (client, workflowId) => await ended(await start(client, 'optimizationCycle', workflowId)),

  async 'cycle-with-many-agents'(client, workflowId) {
    const cycle = await start(client, 'optimizationCycle', workflowId)
    await cycle.signal('reduceResourceConsumption', { by: note.by, reason: note.why })
    return await ended(cycle)
  },

  'cycle-without-clean-up': async (client, workflowId) => await ended(await start(client, 'optimizationCycle', workflowId)),

  async 'cycle-ended-early'(client, workflowId) {
    const cycle = await observed(await start(client, 'optimizationCycle', workflowId))
    await cycle.cancel()
    return await ended(cycle)
  },

  async 'cycle-aborted'(client, workflowId) {
    const cycle = await observed(await start(client, 'optimizationCycle', workflowId))
    await cycle.signal('abort', 'customers complain')
    return await ended(cycle)
  },

  async 'cycle-kept-by-update'(client, workflowId) {
    const cycle = await observed(await start(client, 'optimizationCycle', workflowId))
    await cycle.executeUpdate('keep', { args: [{ trialId: 'opt_1_alpha', ...note }] })
    await cycle.executeUpdate('rollBack', { args: [{ trialId: 'opt_2_beta', ...note }] })
    await observed(cycle)
    await cycle.signal('rollBack')
    return await ended(cycle)
  },

  async 'trial-ended-early'(client, workflowId) {
    const trial = await observed(await start(client, 'trial', workflowId, requested))
    await trial.signal('rollBack')
    return await ended(trial)
  },

  async 'trial-rolled-back-by-update'(client, workflowId) {
    const trial = await observed(await start(client, 'trial', workflowId, requested))
    await trial.executeUpdate('rollBack', { args: [{ trialId: requested.strategyId, ...note }] })
    return await ended(trial)
  },

  async 'trial-approved'(client, workflowId) {
    const trial = await start(client, 'trial', workflowId, { strategyId: 'opt_9_alpha' })
    await eventually('it to wait', async () => ((await phaseOf(trial)) === 'waiting for approval' ? true : undefined))
    await trial.executeUpdate('approve', { args: [{ approve: true, ...note }] })
    return await ended(trial)
  },

  'trial-competing': async (client, workflowId) =>
    await ended(await start(client, 'trial', workflowId, { strategyId: 'opt_9_competing' })),

  async 'trial-of-days'(client, workflowId) {
    looks = 0
    const strategy = { ...strategyRef('rare'), id: 'opt_9_rare', alone: true }
    const trial = await start(client, 'trial', workflowId, { strategyId: strategy.id, strategy })
    const first = await runOf(trial)
    await ended(trial)
    return {
      [workflowId]: client.workflow.getHandle(workflowId, first),
      'trial-of-days-continued': client.workflow.getHandle(workflowId, await runOf(trial)),
    }
  },

  async 'cycle-with-a-long-trial'(client, workflowId) {
    looks = 0
    const cycle = await ended(await start(client, 'optimizationCycle', workflowId))
    await ended(client.workflow.getHandle('trial-opt_4_rare'))
    return cycle
  },

  'restore-after-a-failure': async (client, workflowId) => {
    attempts = 0
    return await ended(await start(client, 'restore', workflowId, { trialId: requested.strategyId }))
  },

  'restore-of-an-agent': async (client, workflowId) =>
    await ended(await start(client, 'restore', workflowId, { agentId: 'alpha', to: { rounds: 2 }, by: 'a person' })),

  profile: async (client, workflowId) => await ended(await start(client, 'profile', workflowId, profileRequest)),
  /** Before refusals were reported. */
  'profile-refused-silently': async (client, workflowId) =>
    await ended(await start(client, 'profile', workflowId, profileRequest)),
  'profile-refused': async (client, workflowId) => await ended(await start(client, 'profile', workflowId, profileRequest)),

  async 'restore-given-up'(client, workflowId) {
    const restore = await start(client, 'restore', workflowId, { trialId: 'opt_9_scrapped' })
    await pendingActivity(restore, 'restore')
    await restore.executeUpdate('giveUp', { args: [{ by: 'a person', reason: 'it was scrapped' }] })
    return await ended(restore)
  },
}

const profileRequest = { subject: { of: 'worker' }, by: 'a person', trigger: 'person' }

const requested = { strategyId: 'opt_9_person', agentId: 'alpha', values: { rounds: 1 }, requestedBy: 'a person' }

const start = (client: Client, type: string, workflowId: string, ...args: unknown[]): Promise<WorkflowHandle> =>
  client.workflow.start(type, { taskQueue, workflowId, args })

const command = (control: WorkflowHandle, order: object) =>
  control.executeUpdate<unknown, [unknown]>('command', { args: [{ command: order, by: 'a person', reason: 'a test' }] })

const phaseOf = async (handle: WorkflowHandle) => (await handle.describe()).typedSearchAttributes.get(searchAttributes.phase)
const runOf = async (handle: WorkflowHandle) => (await handle.describe()).runId

async function ended(handle: WorkflowHandle): Promise<WorkflowHandle> {
  await handle.result().catch(() => undefined)
  return handle
}

async function observed(handle: WorkflowHandle): Promise<WorkflowHandle> {
  await pendingActivity(handle, 'measure')
  return handle
}

async function pendingActivity(handle: WorkflowHandle, name: string): Promise<void> {
  await eventually(`${handle.workflowId} to ${name}`, async () => {
    const { raw } = await handle.describe()
    return raw.pendingActivities?.some(({ activityType }) => activityType?.name === name) || undefined
  })
}
