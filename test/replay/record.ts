/**
 * Records how the workflows run today, on a real server with scripted activities, as `histories/*.json`. Run it when a
 * workflow changes on purpose and no cycle of the old form can be running any more: `node test/replay/record.ts`.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Context } from '@temporalio/activity'
import { Client, Connection, type WorkflowHandle } from '@temporalio/client'
import { NativeConnection, Worker } from '@temporalio/worker'
import type { Activities } from '../../src/contract/activities.ts'
import { searchAttributes } from '../../src/contract/search-attributes.ts'
import { controlWorkflowId } from '../../src/contract/workflows.ts'
import type { Verdict } from '../../src/model/trial.ts'
import { startTemporal } from '../../src/servers/temporal.ts'
import { ensureSearchAttributes } from '../../src/temporal/register-search-attributes.ts'
import { writeWorkflowBundle } from '../../src/temporal/workflow-bundle.ts'
import { eventually } from '../support/eventually.ts'
import { installQuietRuntime } from '../support/runtime.ts'
import { scriptedFleet, strategyRef, taskQueue } from '../support/workflows.ts'
import { histories, historyToObject } from './histories.ts'

const identity = 'recorder'
const verdicts: Record<string, Verdict> = { alpha: 'keep', beta: 'roll-back', gamma: 'undecided' }

/** Observes until it is cancelled. */
async function observeForEver(): Promise<never> {
  const context = Context.current()
  const beat = setInterval(() => context.heartbeat(), 200)
  try {
    return await context.cancelled
  } finally {
    clearInterval(beat)
  }
}

let attempts = 0
const activities: Activities = {
  ...scriptedFleet(Object.keys(verdicts).map((agentId, index) => strategyRef(agentId, index + 1))).activities,
  async measure({ trialId }) {
    const verdict = verdicts[trialId.split('_')[2]!]
    if (Context.current().info.workflowExecution?.workflowId.endsWith('ended-early') || !verdict) return await observeForEver()
    return { verdict, reason: verdict }
  },
  async restore() {
    if (++attempts === 1) throw new Error('the agent does not answer')
    return { outcome: 'done', issues: [] }
  },
}

async function record(client: Client): Promise<void> {
  const start = (type: string, workflowId: string, ...args: unknown[]) =>
    client.workflow.start(type, { taskQueue, workflowId, args })
  const observed = (handle: WorkflowHandle) => pendingActivity(handle, 'measure')

  const control = await start('optimizer', controlWorkflowId)
  await control.signal('increaseAggressiveness')
  await control.signal('focusOnAgent', { agent: 'alpha' })
  await control.signal('focusOnAgent', 7)
  await control.signal('reduceResourceConsumption')
  await control.signal('optimizeSystemPerformance')
  await control.signal('decreaseAggressiveness')
  await control.executeUpdate('command', {
    args: [{ command: { type: 'setAggressiveness', level: 4 }, by: 'a person', reason: 'haste' }],
  })

  for (const type of ['pause', 'abort', 'resume'])
    await control.executeUpdate('command', { args: [{ command: { type }, by: 'a person', reason: 'a test' }] })

  const cycle = await start('optimizationCycle', 'cycle-with-every-verdict')
  await cycle.result()
  await save(cycle)

  const cancelled = await start('optimizationCycle', 'cycle-ended-early')
  await observed(cancelled)
  await cancelled.cancel()
  await cancelled.result().catch(() => undefined)
  await save(cancelled)

  const input = { strategyId: 'opt_9_person', agentId: 'alpha', values: { rounds: 1 }, requestedBy: 'a person' }
  const trial = await start('trial', 'trial-ended-early', input)
  await observed(trial)
  await trial.signal('rollBack')
  await trial.result()
  await save(trial)

  const asking = await start('trial', 'trial-approved', { strategyId: 'opt_9_alpha' })
  await eventually('it to wait', async () => ((await phaseOf(asking)) === 'waiting for approval' ? true : undefined))
  await asking.executeUpdate('approve', { args: [{ approve: true, by: 'a person', why: 'a quiet day' }] })
  await asking.result()
  await save(asking)

  const restore = await start('restore', 'restore-after-a-failure', { trialId: 'opt_9_person' })
  await restore.result()
  await save(restore)
  await control.terminate()
  await save(control)
}

const phaseOf = async (handle: WorkflowHandle) => (await handle.describe()).typedSearchAttributes.get(searchAttributes.phase)

async function pendingActivity(handle: WorkflowHandle, name: string): Promise<void> {
  for (;;) {
    const { raw } = await handle.describe()
    if (raw.pendingActivities?.some(({ activityType }) => activityType?.name === name)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const repository = new URL('../../', import.meta.url)

async function save(handle: WorkflowHandle): Promise<void> {
  const history = historyToObject(await handle.fetchHistory())
  // Stack traces name where the repository happens to lie.
  const json = JSON.stringify(history, null, 1).replaceAll(repository.href, '')
  writeFileSync(new URL(`${handle.workflowId}.json`, histories), `${json}\n`)
}

installQuietRuntime()
const dataDir = mkdtempSync(join(tmpdir(), 'optimizer-record-'))
const namespace = 'default'
const { address, stop } = await startTemporal(dataDir, { temporal: 0, temporalUi: 0 }, namespace, console.error)
const connection = await Connection.connect({ address })
await ensureSearchAttributes(connection, namespace)
const codePath = join(dataDir, 'workflows.js')
await writeWorkflowBundle(codePath)
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  identity,
  taskQueue,
  workflowBundle: { codePath },
  activities,
})
await worker.runUntil(record(new Client({ connection, namespace, identity })))
await connection.close()
await stop()
rmSync(dataDir, { recursive: true, force: true })
