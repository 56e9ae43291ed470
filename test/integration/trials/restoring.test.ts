import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listOpenAlerts } from '../../../src/store/alerts.ts'
import { listAuditEntries } from '../../../src/store/audit.ts'
import { listConfigurations } from '../../../src/store/configurations.ts'
import { findLock } from '../../../src/store/locks.ts'
import { findTrial, listWorkflowTrials } from '../../../src/store/trials.ts'
import { eventually } from '../../support/eventually.ts'
import { System } from '../../support/system.ts'
import type { TinyInstance } from '../../support/tiny-fleet/instance.ts'
import { defaults } from '../../support/tiny-fleet/knobs.ts'
import { converged, edit, evidenceOf, inState, pastOf, settled, tryChange, violations } from '../../support/trials.ts'

let system: System
beforeAll(async () => {
  system = await System.start({ maxSamples: 200, watchMs: 180_000 })
  system.startWorker()
  await system.startAgent('idle', 1, { unitsASecond: 0 })
})
afterAll(() => system?.stop())

/** A trial of an agent with so little work lasts until somebody ends it. */
const never = { unitsASecond: 0 }
const rarely = { unitsASecond: 2 }

const valuesOf = async (instances: TinyInstance[]) =>
  await Promise.all(instances.map(async (instance) => (await instance.configuration()).values))

async function keptTrial(agentId: string, instances: TinyInstance[]): Promise<string> {
  await pastOf(instances)
  const { result, trialId } = await tryChange(system, agentId, { route: 'shortcut' })
  const { verdict, reason } = await result()
  expect(verdict, reason).toBe('keep')
  return trialId
}

async function cli(...args: string[]): Promise<string> {
  const program = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url))
  const env = { ...process.env, ...system.environment }
  return (await promisify(execFile)(process.execPath, [program, ...args], { env })).stdout
}

test('one trial of a cycle is rolled back and verified while the cycle continues', async () => {
  const fleet: Record<string, TinyInstance[]> = {}
  // Without the knob that needs approval.
  const options = { ...rarely, undeclared: ['iterations'] }
  for (const agentId of ['alpha', 'beta']) fleet[agentId] = await system.startAgent(agentId, 2, options)
  await Promise.all(Object.keys(fleet).map((agentId) => evidenceOf(system, agentId)))
  const { workflowId } = await system.client.startCycle()
  const handle = system.client.temporal.workflow.getHandle(workflowId)
  const [observed] = await eventually('trials on both agents', async () => {
    const trials = (await listWorkflowTrials(system.db, workflowId)).filter(({ state }) => state === 'observing')
    return trials.length > 1 ? trials : undefined
  })
  expect(await (await system.client.rollBack(observed!.id)).result()).toMatchObject({ outcome: 'done' })
  expect((await handle.describe()).status.name).toBe('RUNNING')
  await handle.cancel()
  await handle.result().catch(() => undefined)
  expect(await violations(system, observed!.id, fleet[observed!.agentId]!)).toEqual([])
})

describe.concurrent('a configuration that is restored', () => {
  test('can be any version of an agent, or the one at a given time, on every instance', async () => {
    const instances = await system.startAgent('rewound', 2, never)
    await edit(system, 'rewound', { rounds: 4 })
    const time = new Date().toISOString()
    await edit(system, 'rewound', { padding: 5 })
    const restore = async (to: number | string) =>
      await (await system.client.restore({ agentId: 'rewound', to, by: 'ada' })).result()

    expect(await restore(time)).toEqual({ outcome: 'done', issues: [] })
    expect(await valuesOf(instances)).toEqual(Array(2).fill({ ...defaults, rounds: 4 }))
    expect(await restore(1)).toEqual({ outcome: 'done', issues: [] })
    expect(await valuesOf(instances)).toEqual([defaults, defaults])
    expect(await restore(1)).toEqual({ outcome: 'already', issues: [] })
    await expect(restore(99)).rejects.toThrow('rewound has no version 99; npx optimizer restore rewound lists its versions.')
    expect((await listConfigurations(system.db, 'rewound')).slice(0, 2)).toMatchObject([
      { version: 5, origin: 'operator', restoresVersion: 1, reason: 'ada restored version 1' },
      { version: 4, origin: 'operator', restoresVersion: 2, reason: 'ada restored version 2' },
    ])
    expect(await findLock(system.db, 'rewound')).toBeUndefined()
  })

  test('ends a trial that is running on the agent, because a person decided', async () => {
    const instances = await system.startAgent('decided', 2, never)
    await edit(system, 'decided', { rounds: 4 })
    const { result, trialId } = await tryChange(system, 'decided', { padding: 9 })
    await inState(system, trialId, ['observing'])
    const restored = (await system.client.restore({ agentId: 'decided', to: 1, by: 'ada' })).result()
    expect(await result()).toMatchObject({
      verdict: 'undecided',
      reason: expect.stringContaining('someone else has changed decided'),
    })
    expect(await restored).toMatchObject({ outcome: 'done' })
    await settled(system, trialId, instances)
    expect(await valuesOf(instances)).toEqual([defaults, defaults])
    expect(await findLock(system.db, 'decided')).toBeUndefined()
  })

  test('is shown while an instance cannot be reached, until a person gives up; the instance catches up when it returns', async () => {
    const instances = await system.startAgent('stuck', 2)
    const trialId = await keptTrial('stuck', instances)
    instances[0]!.pause()
    const rollback = await system.client.rollBack(trialId)
    const ofTrial = async () => (await listOpenAlerts(system.db)).find((alert) => alert.trialId === trialId)
    await eventually('an alert', ofTrial)
    expect(await cli('status')).toContain(`restoring: restore-${trialId}`)
    await expect(system.client.giveUp(trialId, { by: '', reason: '' })).rejects.toThrow()
    expect(await cli('give-up', trialId, '--reason', 'stuck-1 is being replaced')).toContain('stopped waiting')
    expect(await rollback.result()).toMatchObject({ outcome: 'given-up' })
    const { entries } = await listAuditEntries(system.db, { subject: trialId, action: 'restore.given-up', limit: 2 })
    expect(entries).toMatchObject([{ subject: 'stuck', cause: trialId, reason: 'stuck-1 is being replaced' }])
    expect(await ofTrial()).toBeUndefined()
    expect(await findTrial(system.db, trialId)).toMatchObject({
      state: 'restored',
      issues: [expect.stringContaining('(stuck-1 is being replaced)')],
    })
    instances[0]!.resume()
    await converged(system, 'stuck', instances)
    expect(await violations(system, trialId, instances)).toEqual([])
    expect(await cli('rollback', trialId)).toContain('Already in force; nothing was changed.')
    await expect(system.client.giveUp(trialId, { by: 'ada', reason: 'again' })).rejects.toThrow(
      'is running; npx optimizer status',
    )
  })

  test('can be listed and requested at the command line', async () => {
    const instances = await system.startAgent('typed', 2, never)
    await edit(system, 'typed', { padding: 5 })
    const [, since] = (await cli('restore', 'typed')).match(/2 +│ (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) +│.*A person/) ?? []
    expect(await cli('restore', 'typed', '--to', '1')).toContain('Done and verified.')
    expect(await valuesOf(instances)).toEqual([defaults, defaults])
    expect(await cli('restore', 'typed', '--to', since!)).toContain('Done and verified.')
    expect(await valuesOf(instances)).toEqual(Array(2).fill({ ...defaults, padding: 5 }))
    expect(await cli('set', 'typed', 'padding=7', 'rounds=3')).toContain('Done and verified.')
    expect(await valuesOf(instances)).toEqual(Array(2).fill({ ...defaults, padding: 7, rounds: 3 }))
    const versions = (await listConfigurations(system.db, 'typed')).length
    expect(await cli('set', 'typed', 'padding=7')).toContain('Already in force; nothing was changed.')
    expect(await listConfigurations(system.db, 'typed')).toHaveLength(versions)
    expect(await cli('release', 'typed', 'padding')).toMatch(
      /^padding of typed may be tried again.*:\n {2}padding: a person decided/,
    )
    expect(await cli('release', 'typed', 'padding')).toBe('padding of typed was not in cooldown.\n')
    await expect(cli('release', 'typed', 'speed')).rejects.toThrow('typed has no knob speed')
    await expect(cli('set', 'typed', 'rounds=65')).rejects.toThrow('rounds must be from 1 to 64, not 65')
    await expect(cli('set', 'typed', 'speed=1')).rejects.toThrow('There is no knob speed')
    await expect(cli('restore', 'typed', '--to', 'yesterday')).rejects.toThrow('yesterday is not a date and time')
    await expect(cli('restore', 'nobody')).rejects.toThrow('There is no agent nobody')
  })
})

test('a restore can be given up by the workflow id that its starter chose', async () => {
  const instances = await system.startAgent('scrapped', 1, never)
  instances[0]!.pause()
  const { workflow } = system.client.temporal
  const handle = await workflow.start('restore', {
    workflowId: 'set-scrapped',
    taskQueue: system.client.config.taskQueue,
    args: [{ agentId: 'scrapped', to: { padding: 2 }, by: 'ada' }],
  })
  await eventually('an alert', async () => (await listOpenAlerts(system.db)).find(({ component }) => component === 'scrapped'))
  const answer = await fetch(`${system.apiUrl}/api/restores/set-scrapped/give-up`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ by: 'ada', reason: 'it is scrapped' }),
  })
  expect(await answer.json()).toEqual({ outcome: 'given-up', issues: [expect.stringContaining('(it is scrapped)')] })
  expect(await handle.result()).toMatchObject({ outcome: 'given-up' })
  const { entries } = await listAuditEntries(system.db, { action: 'restore.given-up', subject: 'scrapped', limit: 2 })
  expect(entries).toMatchObject([{ actor: 'ada', subject: 'scrapped', cause: null, workflowId: 'set-scrapped' }])
})
