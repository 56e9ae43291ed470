import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { undo } from '../../../src/client/undo.ts'
import { readAudit } from '../../../src/reading/audit.ts'
import { listConfigurations } from '../../../src/store/configurations.ts'
import { findCycle } from '../../../src/store/cycles.ts'
import { findLock } from '../../../src/store/locks.ts'
import { listOpenTrials, listWorkflowTrials } from '../../../src/store/trials.ts'
import { eventually } from '../../support/eventually.ts'
import { System } from '../../support/system.ts'
import type { TinyInstance } from '../../support/tiny-fleet/instance.ts'
import { defaults } from '../../support/tiny-fleet/knobs.ts'
import { inState, settled, tryChange, violations } from '../../support/trials.ts'

let system: System
const fleet: Record<string, TinyInstance[]> = {}
beforeAll(async () => {
  system = await System.start({ maxSamples: 400 })
  system.startWorker()
  for (const agentId of ['alpha', 'beta']) fleet[agentId] = await system.startAgent(agentId, 2)
  fleet.calm = await system.startAgent('calm', 1, { unitsASecond: 0 })
})
afterAll(() => system?.stop())

/** A cycle that finds nothing to try. */
const idleCycle = () => system.client.runCycle({ target: 'calm' })
const historyOf = async (workflowId: string) =>
  (await system.client.temporal.workflow.getHandle(workflowId).fetchHistory()).events ?? []

describe('a trial whose workflow', () => {
  test('is cancelled is rolled back before the workflow ends as cancelled', async () => {
    const { trialId, handle } = await tryChange(system, 'alpha', { padding: 1 })
    await inState(system, trialId, ['observing'])
    await handle.cancel()
    await expect(handle.result()).rejects.toThrow(/cancel/i)
    expect((await handle.describe()).status.name).toBe('CANCELLED')
    expect(await violations(system, trialId, fleet.alpha!)).toEqual([])
    expect((await inState(system, trialId, ['restored'])).issues).toEqual(['Rolled back: its workflow was cancelled'])
  })

  test('is told to roll back is rolled back and says so', async () => {
    const { trialId, result } = await tryChange(system, 'alpha', { padding: 1 })
    await inState(system, trialId, ['observing'])
    expect(await (await system.client.rollBack(trialId, 'eve')).result()).toMatchObject({ outcome: 'done' })
    expect(await result()).toMatchObject({ verdict: 'roll-back', reason: 'Rolled back: requested by eve' })
    const { entries } = await readAudit(system.client, { action: 'trial.started', actor: 'a test', limit: 10 })
    expect(entries.map(({ detail }) => detail)).toContainEqual(expect.objectContaining({ trialId }))
    const again = await system.client.rollBack(trialId, 'eve')
    expect(again.workflowId).toBeNull()
    expect(await again.result()).toMatchObject({ outcome: 'already' })
    expect(await undo(system.client, { target: { trialId }, by: 'ada' })).toMatchObject({
      planned: [{ agentId: 'alpha', changes: [], already: true }],
      started: [],
    })
    await (await system.client.rollBack(trialId, 'eve', 'users complain', true)).result()
    const asked = 'trial.rollback-requested'
    const byEve = (await readAudit(system.client, { actor: 'eve', limit: 10 })).entries.toReversed()
    expect(byEve.filter(({ action }) => action !== asked).map(({ action }) => action)).toEqual([
      'configuration.changed',
      'trial.concluded',
      'request.without-effect',
    ])
    expect(byEve.filter(({ action }) => action === asked)).toMatchObject([
      { subject: 'alpha', cause: trialId, detail: { trialId } },
      { subject: 'alpha', cause: trialId, reason: 'users complain', detail: { trialId, harmful: true } },
    ])
    const ofTrial = (await readAudit(system.client, { subject: trialId, limit: 20 })).entries.toReversed()
    expect(ofTrial.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['trial.started', ...byEve.map(({ action }) => action)]),
    )
    expect(new Set(ofTrial.map(({ detail, cause }) => (detail as { trialId?: string }).trialId ?? cause))).toEqual(
      new Set([trialId]),
    )
    expect(await violations(system, trialId, fleet.alpha!)).toEqual([])
  })

  test('is told to roll back and fails in doing so is rolled back all the same', async () => {
    const { trialId, handle } = await tryChange(system, 'alpha', { padding: 2 })
    await inState(system, trialId, ['observing'])
    for (const instance of fleet.alpha!) instance.pause()
    const { result } = await system.client.rollBack(trialId)
    const restored = result()
    await handle.terminate()
    for (const instance of fleet.alpha!) instance.resume()
    expect(await restored).toMatchObject({ outcome: 'done' })
    expect(await violations(system, trialId, fleet.alpha!)).toEqual([])
  })

  test('has no worker when it is told to roll back, and is terminated, is rolled back once there is one', async () => {
    const { trialId, handle } = await tryChange(system, 'alpha', { padding: 2 })
    await inState(system, trialId, ['observing'])
    await system.killWorkers()
    const rolledBack = system.client.rollBack(trialId)
    await handle.terminate()
    system.startWorker()
    expect(await (await rolledBack).result()).toMatchObject({ outcome: 'done' })
    expect(await violations(system, trialId, fleet.alpha!)).toEqual([])
  })

  test('is kept by a person answers that person', async () => {
    const { trialId } = await tryChange(system, 'alpha', { padding: 1 })
    await inState(system, trialId, ['observing'])
    const { result } = await system.client.keep(trialId, 'ada', 'it does no harm')
    expect(await result()).toEqual({ kept: true, silent: [] })
    expect(await violations(system, trialId, fleet.alpha!)).toEqual([])
    expect(await (await system.client.keep(trialId, 'ada')).result()).toMatchObject({ kept: true, already: true })
    const { result: rolledBack } = await system.client.rollBack(trialId, 'ops: night', 'requested by legal')
    expect(await rolledBack()).toMatchObject({ outcome: 'done' })
    expect((await listConfigurations(system.db, 'alpha'))[0]).toMatchObject({ origin: 'restore', changedBy: 'ops: night' })
  })

  test('never applied its change has nothing to roll back', async () => {
    const first = await tryChange(system, 'alpha', { padding: 1 })
    await inState(system, first.trialId, ['observing'])
    const second = await tryChange(system, 'alpha', { padding: 3 })
    expect(await second.result()).toMatchObject({ verdict: 'not-started' })
    expect(await (await system.client.rollBack(second.trialId)).result()).toMatchObject({ outcome: 'nothing' })
    await (await system.client.rollBack(first.trialId)).result()
  })

  test('is terminated is found by the next cycle and rolled back', async () => {
    const { trialId, handle } = await tryChange(system, 'alpha', { padding: 2 })
    await inState(system, trialId, ['observing'])
    await handle.terminate()
    const second = await (await tryChange(system, 'alpha', { padding: 3 })).result()
    expect(second).toMatchObject({ verdict: 'not-started', reason: expect.stringContaining('is running on alpha') })
    await idleCycle()
    const record = await settled(system, trialId, fleet.alpha!)
    expect(record.issues).toEqual([`trial-${trialId} ended before the trial did`])
    expect(await violations(system, trialId, fleet.alpha!)).toEqual([])
    expect((await fleet.alpha![0]!.configuration()).values).toEqual(defaults)
  })
})

describe('a cycle', () => {
  test('that is cancelled rolls back all of its trials concurrently before it ends', async () => {
    const { workflowId } = await system.client.startCycle()
    const trials = await eventually('two trials', async () => {
      const observed = (await listWorkflowTrials(system.db, workflowId)).filter(({ state }) => state === 'observing')
      return observed.length === 2 ? observed : undefined
    })
    const handle = system.client.temporal.workflow.getHandle(workflowId)
    await handle.cancel()
    await expect(handle.result()).rejects.toThrow(/cancel/i)
    for (const { id, agentId } of trials) expect(await violations(system, id, fleet[agentId]!)).toEqual([])
    expect(await findCycle(system.db, workflowId)).toMatchObject({ state: 'cancelled' })
  })

  test('that is terminated is closed by the next one, and its trials rolled back', async () => {
    const { workflowId } = await system.client.startCycle()
    const trials = await eventually('a trial', async () => {
      const begun = await listWorkflowTrials(system.db, workflowId)
      return begun.length > 0 ? begun : undefined
    })
    await system.client.temporal.workflow.getHandle(workflowId).terminate()
    await idleCycle()
    expect(await findCycle(system.db, workflowId)).toMatchObject({ state: 'failed' })
    for (const { id, agentId } of trials) {
      await settled(system, id, fleet[agentId]!)
      expect(await violations(system, id, fleet[agentId]!)).toEqual([])
    }
  })
})

describe("Temporal's command line", () => {
  const program = fileURLToPath(new URL('../../../src/servers/temporal-cli.ts', import.meta.url))
  const temporal = async (command: string, ...more: string[]) => {
    const env = { ...process.env, ...system.environment }
    return (await promisify(execFile)(process.execPath, [program, ...command.split(' '), ...more], { env })).stdout
  }
  const start = async (...more: string[]) => {
    const output = await temporal('workflow start --type optimizationCycle --task-queue optimizer --output json', ...more)
    return (JSON.parse(output) as { workflowId: string }).workflowId
  }
  const signals: string[][] = [
    ['increaseAggressiveness'],
    ['decreaseAggressiveness'],
    ['reduceResourceConsumption'],
    ['optimizeSystemPerformance'],
    ['focusOnAgent', '--input', '"alpha"'],
    ['focusOnAgent', '--input', '{"agent":"beta"}'],
  ]

  test('starts a cycle without input, which accepts every signal, shows its progress, and keeps its history short', async () => {
    // On a busy machine, a cycle may end before the command line has sent all of them, so it begins with all.
    await system.killWorkers()
    const workflowId = await start()
    const signal = ([name, ...input]: string[]) =>
      temporal(`workflow signal --workflow-id ${workflowId} --name ${name}`, ...input)
    // One after the other: where saving resources or an agent that rests came last, nothing might be left to try.
    for (const each of signals) await signal(each)
    system.startWorker()
    const result = await system.client.temporal.workflow.getHandle(workflowId).result()
    const events = await historyOf(workflowId)
    const activities = events.map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name)
    for (const verb of ['collect', 'detect', 'execute', 'measure', 'report'])
      expect(activities, JSON.stringify(result)).toContain(verb)
    const received = events.map((event) => event.workflowExecutionSignaledEventAttributes?.signalName).filter(Boolean)
    expect(received.sort()).toEqual(signals.map(([name]) => name).sort())
    const trials = await listWorkflowTrials(system.db, workflowId)
    expect(events.length).toBeLessThan(200 + 60 * trials.length)
    expect(await listOpenTrials(system.db)).toEqual([])
    for (const { agentId } of trials) expect(await findLock(system.db, agentId)).toBeUndefined()
  })

  test('starts a cycle of one agent', async () => {
    const workflowId = await start('--input', '{"target":"calm"}')
    await system.client.temporal.workflow.getHandle(workflowId).result()
    expect(await findCycle(system.db, workflowId)).toMatchObject({ target: 'calm', state: 'completed' })
  })

  test('steers the workflow optimizer with every signal and reads its policy', async () => {
    for (const [name, ...input] of signals) await temporal(`workflow signal --workflow-id optimizer --name ${name}`, ...input)
    const output = await temporal('workflow query --workflow-id optimizer --type policy --output json')
    expect(JSON.parse(output).queryResult).toMatchObject([{ focus: 'beta', aggressiveness: 3 }])
    await temporal('workflow signal --workflow-id optimizer --name focusOnAgent', '--input', '7')
    await temporal('workflow signal --workflow-id optimizer --name optimizeSystemPerformance')
    expect(await system.client.status()).toMatchObject({ policy: { focus: null, resourceMode: 'normal' } })
  })
})
