import type { Client } from '@temporalio/client'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createConcludeActivity } from '../../../src/activities/conclude.ts'
import type { Dependencies } from '../../../src/activities/dependencies.ts'
import { assignRestoredConfiguration, finishRolledBackTrial } from '../../../src/activities/restore.ts'
import { createSweepActivity } from '../../../src/activities/sweep.ts'
import { undo } from '../../../src/client/undo.ts'
import { configSchema } from '../../../src/config/config.ts'
import { planUndo } from '../../../src/reading/plan-undo.ts'
import { getCurrentConfiguration, registerInstance } from '../../../src/store/agents.ts'
import { listTrialAlerts, raiseAlert } from '../../../src/store/alerts.ts'
import { listAuditEntries } from '../../../src/store/audit.ts'
import { insertAuditEntry } from '../../../src/store/audit-entries.ts'
import { appendConfiguration, setProvenVersion } from '../../../src/store/configurations.ts'
import { recordCycleStart } from '../../../src/store/cycles.ts'
import { acquireLock } from '../../../src/store/locks.ts'
import { findResult } from '../../../src/store/results.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import { findTrial, insertTrial, listOpenTrials, type Trial, updateTrial } from '../../../src/store/trials.ts'
import { announcement, createTestStore, strategyFor, type TestStore } from '../../support/store.ts'
import { withClosedTemporal } from '../../support/temporal.ts'

let store: TestStore
let dependencies: Dependencies
beforeAll(async () => {
  store = await createTestStore()
  dependencies = { db: store.db, config: configSchema.parse({}) } as Dependencies
})
afterAll(() => store?.drop())

let agents = 0
let begun: Trial
beforeEach(async () => {
  const { db } = store
  const agentId = `hunter-${++agents}`
  await registerInstance(db, announcement(agentId, `${agentId}-1`), Date.now())
  const strategy = strategyFor(agentId, `opt_${agents}_undone`)
  await insertStrategies(db, null, [strategy])
  const { version, values } = await getCurrentConfiguration(db, agentId)
  const changed = { agentId, values: { ...values, cacheSize: 4 }, origin: 'trial' as const, trialId: strategy.id }
  begun = await insertTrial(db, {
    id: strategy.id,
    agentId,
    workflowId: `trial-${strategy.id}`,
    design: 'concurrent',
    baselineVersion: version,
    candidateVersion: await appendConfiguration(db, { ...changed, reason: 'a test' }),
    candidateInstances: [`${agentId}-1`],
    controlInstances: [`${agentId}-2`],
  })
})
const keep = () => updateTrial(store.db, begun.id, { state: 'kept', endedAt: new Date() })
const isOpen = async () => (await listOpenTrials(store.db)).some(({ id }) => id === begun.id)

test('a trial that was kept while a rollback was requested stays open until it is rolled back', async () => {
  await keep()
  await assignRestoredConfiguration(dependencies, begun)
  expect(await findTrial(store.db, begun.id)).toMatchObject({ state: 'restoring', endedAt: null })
})

test('a kept trial to be undone stays open while another trial holds the agent', async () => {
  await keep()
  await acquireLock(store.db, begun.agentId, 'opt_0_other', 60_000, Date.now())
  const kept = (await findTrial(store.db, begun.id))!
  expect(await isOpen()).toBe(false)
  await expect(assignRestoredConfiguration(dependencies, kept)).rejects.toMatchObject({ code: 'agent-locked' })
  expect(await isOpen()).toBe(true)
})

test('a result says that the change was undone, whether before or after it was written', async () => {
  const asked = { trialId: begun.id, cycleId: null, verdict: 'keep', failure: null, keptBy: null } as const
  const conclude = createConcludeActivity(dependencies)
  expect(await conclude(asked)).toMatchObject({ verdict: 'keep' })
  await assignRestoredConfiguration(dependencies, begun)
  expect(await conclude(asked)).toMatchObject({ verdict: 'keep', undone: true })
  expect(await findResult(store.db, begun.id)).toMatchObject({ verdict: 'keep', success: true, undone: { harmful: false } })
})

test('undoing a trial that runs undoes those that are judged together with it, and starts only its own workflow', async () => {
  const { db } = store
  const first = begun
  const [own, other] = await Promise.all(
    [first, first].map(async ({ agentId, ...trial }, i) => {
      const member = `member-${agents}-${i}`
      await registerInstance(db, announcement(member, `${member}-1`), Date.now())
      const strategy = strategyFor(member, `opt_${agents}_pool_${i}`)
      await insertStrategies(db, null, [strategy])
      const { values } = await getCurrentConfiguration(db, member)
      const changed = { agentId: member, values: { ...values, cacheSize: 4 }, origin: 'trial' as const, trialId: strategy.id }
      const candidateVersion = await appendConfiguration(db, { ...changed, reason: 'a test' })
      const { design, baselineVersion, candidateInstances, controlInstances } = trial
      const arms = { design, baselineVersion, candidateInstances, controlInstances }
      return insertTrial(db, {
        ...arms,
        id: strategy.id,
        agentId: member,
        workflowId: `trial-${strategy.id}`,
        candidateVersion,
        poolId: `pool-${agents}`,
      })
    }),
  )
  const planned = await planUndo(store, { trialId: own!.id })
  expect(planned.map(({ agentId, changes }) => [agentId, changes.map(({ to }) => to)])).toEqual([
    [own!.agentId, [2]],
    [other!.agentId, [2]],
  ])
  const rolledBack: string[] = []
  const rollBack = async (trialId: string) => ({
    workflowId: rolledBack.push(trialId) && `trial-${trialId}`,
    result: async () => null,
  })
  await undo({ db, rollBack } as never, { target: { trialId: own!.id }, by: 'ada' })
  expect(rolledBack).toEqual([own!.id])
  await updateTrial(db, other!.id, { state: 'restored', endedAt: new Date() })
  expect(await planUndo(store, { trialId: own!.id })).toHaveLength(1)
})

test('an agent returns to what it had before its latest change, and an undo is not undone', async () => {
  const { db } = store
  const { agentId, candidateVersion } = begun
  const { values } = await getCurrentConfiguration(db, agentId)
  const write = async (cacheSize: number, known: { origin: 'restore' | 'operator'; restoresVersion?: number }) => {
    const written = { agentId, values: { ...values, cacheSize }, reason: 'a test', ...known }
    await setProvenVersion(db, agentId, await appendConfiguration(db, written))
  }
  const plan = async () => (await planUndo(store, { agentId }))[0]
  await expect(plan()).rejects.toMatchObject({ code: 'nothing-to-undo' })
  await setProvenVersion(db, agentId, candidateVersion)
  const undone = { to: 1, changes: [{ knob: 'cacheSize', from: 4, to: 2 }] }
  expect(await plan()).toMatchObject(undone)
  // A later trial that was rolled back.
  await write(4, { origin: 'restore', restoresVersion: candidateVersion })
  expect(await plan()).toMatchObject(undone)
  await write(2, { origin: 'operator', restoresVersion: 1 })
  await expect(plan()).rejects.toMatchObject({ code: 'nothing-to-undo', message: expect.stringContaining('restored version 1') })
  await write(6, { origin: 'operator' })
  expect(await plan()).toMatchObject({ to: 4, changes: [{ from: 6, to: 2 }] })
})

test('undoing the fleet is refused if Temporal does not answer, and otherwise names the agents that were left out', async () => {
  const { db } = store
  const others = ['undone-1', 'undone-2']
  for (const agentId of others) await registerInstance(db, announcement(agentId, `${agentId}-1`), Date.now() - 60_000)
  const since = new Date().toISOString()
  for (const agentId of others) {
    const { values } = await getCurrentConfiguration(db, agentId)
    const changed = { agentId, values: { ...values, cacheSize: 4 }, origin: 'operator', reason: 'a test' } as const
    await setProvenVersion(db, agentId, await appendConfiguration(db, changed))
  }
  const request = { target: { all: true, to: since }, by: 'eve' } as const
  const optimizer = await withClosedTemporal(db)
  const away = Object.assign(new Error('away'), { code: 14, details: '', metadata: {} })
  const refuse = vi.fn().mockRejectedValue(away)
  await expect(undo(optimizer, request, refuse)).rejects.toBe(away)
  expect((await listAuditEntries(db, { actor: 'eve', limit: 1 })).entries).toEqual([])
  const startOne = vi.fn().mockRejectedValue(new Error('locked')).mockResolvedValueOnce({ workflowId: 'restore-1' })
  expect(await undo(optimizer, request, startOne)).toMatchObject({
    started: [{ agentId: 'undone-1', workflowId: 'restore-1' }],
    failed: [{ agentId: 'undone-2', reason: 'locked' }],
  })
  expect((await listAuditEntries(db, { actor: 'eve', limit: 2 })).entries).toMatchObject([{ subject: 'undone-1' }])
})

test('the audit of a trial or a cycle has what was done in it, and who rolled it back', async () => {
  const { db } = store
  const { agentId } = begun
  const cycleId = `cycle-${new Date().toISOString()}`
  await recordCycleStart(db, { id: cycleId, runId: 'run', target: null, dryRun: false })
  const strategy = strategyFor(agentId, 'opt_99_planned')
  await insertStrategies(db, cycleId, [strategy])
  const { design, baselineVersion, candidateVersion, candidateInstances, controlInstances } = begun
  const versions = { baselineVersion, candidateVersion, candidateInstances, controlInstances }
  await insertTrial(db, { id: strategy.id, agentId, workflowId: cycleId, design, ...versions })
  const failure = { code: 'asked', reason: 'requested by ada: a complaint', by: 'ada' }
  await createConcludeActivity(dependencies)({ trialId: strategy.id, cycleId, verdict: null, failure, keptBy: null })
  await insertAuditEntry(db, { action: 'trial.rollback-requested', actor: 'ada', subject: agentId, cause: strategy.id })
  const actionsOf = async (query: object) =>
    (await listAuditEntries(db, { limit: 9, ...query })).entries.map(({ action, actor }) => `${actor}: ${action}`).sort()
  const ofTrial = ['ada: trial.concluded', 'ada: trial.rollback-requested', 'optimizer: trial.started']
  expect(await actionsOf({ subject: strategy.id })).toEqual(ofTrial)
  expect(await actionsOf({ actor: 'ada' })).toEqual(ofTrial.slice(0, 2))
  expect(await actionsOf({ subject: cycleId })).toEqual([
    'ada: trial.concluded',
    'optimizer: cycle.started',
    'optimizer: trial.started',
  ])
})

test('a result that is written again stays the same', async () => {
  const asked = { trialId: begun.id, cycleId: null, verdict: 'undecided', failure: null, keptBy: null } as const
  const conclude = createConcludeActivity(dependencies)
  const outcome = await conclude(asked)
  const written = await findResult(store.db, begun.id)
  expect(await conclude(asked)).toEqual(outcome)
  expect(await findResult(store.db, begun.id)).toEqual(written)
})

test.each([
  ['asked', { judged: false, endedBy: 'person' }],
  ['harmful', { judged: true, endedBy: 'person' }],
  ['refused', { judged: false, endedBy: 'agent' }],
  ['limited', { judged: false, endedBy: 'limits' }],
  ['objective-changed', { judged: false, endedBy: 'failure', verdict: 'undecided' }],
])('a trial that ends as %s says who ended it, and whether that is evidence', async (code, expected) => {
  const failure = { code, reason: 'ada asked for it' }
  await createConcludeActivity(dependencies)({ trialId: begun.id, cycleId: null, verdict: null, failure, keptBy: null })
  expect(await findResult(store.db, begun.id)).toMatchObject({ verdict: 'roll-back', success: false, ...expected })
})

test('a kept change that a person calls harmful when rolling it back counts as harm, and keeps its verdict', async () => {
  const conclude = createConcludeActivity(dependencies)
  await conclude({ trialId: begun.id, cycleId: null, verdict: 'keep', failure: null, keptBy: null })
  await finishRolledBackTrial(store.db, begun, [], { why: 'ada marked it as harmful', harmful: true })
  const undone = { harmful: true, reason: 'it was kept at first and rolled back later: ada marked it as harmful' }
  expect(await findResult(store.db, begun.id)).toMatchObject({ verdict: 'keep', undone })
})

test('the alert of a kept trial whose restore waits for an instance stays until that restore has ended', async () => {
  const { db } = store
  const { id, agentId } = begun
  await keep()
  await raiseAlert(db, {
    cause: 'unconfirmed-configuration',
    severity: 'high',
    component: agentId,
    message: 'a test',
    trialId: id,
  })
  let ended = ''
  const describe = (workflowId: string) => async () => ({ status: { name: workflowId === ended ? 'COMPLETED' : 'RUNNING' } })
  const getHandle = (workflowId: string) => ({ describe: describe(workflowId) })
  const sweep = createSweepActivity({ ...dependencies, temporal: { workflow: { getHandle } } as unknown as Client })
  const isResolved = async () => {
    await sweep()
    return (await listTrialAlerts(db, id)).map(({ resolvedAt }) => resolvedAt !== null)
  }
  expect(await isResolved()).toEqual([false])
  ended = `restore-${id}`
  expect(await isResolved()).toEqual([true])
})

test.each([
  { code: 'not-restarted', candidate: 'away', others: 'heard', ended: { verdict: 'roll-back', endedBy: 'agent' } },
  { code: 'not-acknowledged', candidate: 'away', others: 'away', ended: { verdict: 'undecided', endedBy: 'failure' } },
  { code: 'not-restarted', candidate: 'heard', others: 'heard', ended: { verdict: 'undecided', endedBy: 'failure' } },
  { code: 'not-in-force', candidate: 'heard', others: 'away', ended: { verdict: 'roll-back', endedBy: 'agent' } },
  { code: 'not-acknowledged', candidate: 'left', others: 'heard', ended: { verdict: 'undecided', endedBy: 'failure' } },
  { code: 'not-restarted', candidate: 'left', others: 'heard', ended: { verdict: 'roll-back', endedBy: 'agent' } },
  { code: 'not-restarted', candidate: 'replaced', others: 'heard', ended: { verdict: 'undecided', endedBy: 'failure' } },
  { code: 'superseded', candidate: 'away', others: 'heard', ended: { verdict: 'undecided', endedBy: 'failure' } },
])(
  'a change that ended with $code while the candidate was $candidate and the others were $others is $ended.verdict',
  async (given) => {
    const { db } = store
    await registerInstance(db, announcement(begun.agentId, `${begun.agentId}-2`), Date.now())
    const before = new Date(begun.startedAt.getTime() - 60_000)
    const hear = (heartbeatAt: Date) => db.updateTable('agentInstances').set({ heardSince: before, heartbeatAt })
    const timeOf = (whom: string) => (whom === 'heard' ? new Date() : before)
    await hear(timeOf(given.others)).execute()
    const candidate = hear(timeOf(given.candidate)).where('instanceId', 'in', begun.candidateInstances)
    await candidate.$if(given.candidate === 'left', (update) => update.set({ leftAt: new Date() })).execute()
    if (given.candidate === 'replaced') await registerInstance(db, announcement(begun.agentId, `${begun.agentId}-3`), Date.now())
    const failure = { code: given.code, reason: 'It did not come up.' }
    await createConcludeActivity(dependencies)({ trialId: begun.id, cycleId: null, verdict: null, failure, keptBy: null })
    expect(await findResult(db, begun.id)).toMatchObject({ ...given.ended, judged: false })
  },
)
