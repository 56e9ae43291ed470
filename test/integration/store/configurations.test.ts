import { randomUUID } from 'node:crypto'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listAgentInstances, registerInstance } from '../../../src/store/agents.ts'
import { closeApproval, requestApproval } from '../../../src/store/approvals.ts'
import { listAuditEntries } from '../../../src/store/audit.ts'
import {
  appendConfiguration,
  assignConfiguration,
  findConfiguration,
  findRequestedConfiguration,
  listConfigurations,
  listEquivalentVersions,
  setProvenVersion,
} from '../../../src/store/configurations.ts'
import { recordCycleStart } from '../../../src/store/cycles.ts'
import { findConfigurationAt, listProvenVersions } from '../../../src/store/proven-versions.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import { announcement, createTestStore, strategyFor, type TestStore } from '../../support/store.ts'

let store: TestStore
beforeAll(async () => {
  store = await createTestStore()
})
afterAll(() => store.drop())

async function newAgent(): Promise<string> {
  const agentId = `agent-${randomUUID().slice(0, 8)}`
  await registerInstance(store.db, announcement(agentId, '1'))
  await registerInstance(store.db, announcement(agentId, '2'))
  return agentId
}
const append = (agentId: string, values: Record<string, number>) =>
  appendConfiguration(store.db, { agentId, values, origin: 'operator', reason: 'a test' })

test('versions are numbered without gaps and read back as written, even when written concurrently', async () => {
  const value = fc.integer({ min: 1, max: 10 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ cacheSize: value, parallelism: value }), { minLength: 1, maxLength: 8 }),
      async (all) => {
        const agentId = await newAgent()
        const versions = await Promise.all(all.map((values) => append(agentId, values)))
        expect(versions.toSorted((a, b) => a - b)).toEqual(all.map((_, index) => index + 2))
        for (const [index, version] of versions.entries()) {
          expect((await findConfiguration(store.db, agentId, version))?.values).toEqual(all[index])
        }
        expect((await listConfigurations(store.db, agentId)).map(({ version }) => version)).toEqual(
          [1, ...versions].toSorted((a, b) => b - a),
        )
      },
    ),
    { numRuns: 10 },
  )
})

test('a value outside its bounds is never written', async () => {
  const agentId = await newAgent()
  const outside = fc.oneof(
    fc.integer({ max: 0 }),
    fc.integer({ min: 11 }),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 1.5),
  )
  await fc.assert(
    fc.asyncProperty(outside, async (cacheSize) => {
      await expect(append(agentId, { cacheSize, parallelism: 2 })).rejects.toMatchObject({ code: 'out-of-bounds' })
    }),
    { numRuns: 30 },
  )
  expect(await listConfigurations(store.db, agentId)).toHaveLength(1)
})

test('a configuration with a missing or unknown knob is refused', async () => {
  const agentId = await newAgent()
  await expect(append(agentId, { cacheSize: 2 })).rejects.toThrow(/parallelism has no value/)
  await expect(append(agentId, { cacheSize: 2, parallelism: 2, magic: 1 })).rejects.toThrow(/no knob magic/)
  await expect(append('nobody', {})).rejects.toMatchObject({ code: 'unknown-agent' })
})

test('a version can be neither edited nor deleted', async () => {
  const agentId = await newAgent()
  const edit = store.db.updateTable('configurations').set({ reason: 'other' }).where('agentId', '=', agentId)
  await expect(edit.execute()).rejects.toThrow('append only')
  await expect(store.db.deleteFrom('configurations').where('agentId', '=', agentId).execute()).rejects.toThrow('append only')
})

test('a version is assigned to the named instances, or to all', async () => {
  const agentId = await newAgent()
  const version = await append(agentId, { cacheSize: 3, parallelism: 3 })
  const assigned = async () => (await listAgentInstances(store.db, agentId)).map(({ assignedVersion }) => assignedVersion)
  await assignConfiguration(store.db, agentId, ['2'], version)
  expect(await assigned()).toEqual([1, version])
  await assignConfiguration(store.db, agentId, 'all', version)
  expect(await assigned()).toEqual([version, version])
  await assignConfiguration(store.db, agentId, [], 1)
  expect(await assigned()).toEqual([version, version])
})

test('the configuration in force is known for every moment since the agent was registered', async () => {
  const agentId = await newAgent()
  await setProvenVersion(store.db, agentId, await append(agentId, { cacheSize: 3, parallelism: 3 }))
  await append(agentId, { cacheSize: 4, parallelism: 4 })
  await setProvenVersion(store.db, agentId, 1)
  await setProvenVersion(store.db, agentId, 1)
  const history = await listProvenVersions(store.db, agentId)
  expect(history.map(({ version }) => version)).toEqual([1, 2, 1])
  expect(await findConfigurationAt(store.db, agentId, history[0]!.since)).toMatchObject({ version: 1 })
  expect(await findConfigurationAt(store.db, agentId, new Date(Date.now() + 60_000))).toMatchObject({ version: 1 })
  expect(await findConfigurationAt(store.db, agentId, new Date(history[2]!.since.getTime() - 1))).toBeUndefined()
})

test('a repeated request finds the version it wrote', async () => {
  const agentId = await newAgent()
  const asked = {
    agentId,
    values: { cacheSize: 3, parallelism: 3 },
    origin: 'operator',
    reason: 'a person',
    requestId: 'r',
  } as const
  const version = await appendConfiguration(store.db, asked)
  expect(await findRequestedConfiguration(store.db, agentId, 'r')).toMatchObject({ version })
  expect(await findRequestedConfiguration(store.db, agentId, 'other')).toBeUndefined()
  await expect(appendConfiguration(store.db, asked)).rejects.toThrow(/configurations_request/)
})

test('a version that does not exist cannot be assigned', async () => {
  const agentId = await newAgent()
  await expect(assignConfiguration(store.db, agentId, 'all', 99)).rejects.toThrow(/foreign key/)
})

test('versions with the same content are equivalent', async () => {
  const agentId = await newAgent()
  await append(agentId, { cacheSize: 3, parallelism: 3 })
  await append(agentId, { parallelism: 2, cacheSize: 2 })
  expect((await listEquivalentVersions(store.db, agentId, 1)).toSorted()).toEqual([1, 3])
})

test('who set a configuration is in the audit under the own name, whatever the reason looks like', async () => {
  const agentId = await newAgent()
  const asked = { agentId, values: { cacheSize: 3, parallelism: 3 }, origin: 'operator' } as const
  const version = await appendConfiguration(store.db, {
    ...asked,
    changedBy: 'bob set (dashboard)',
    reason: 'bob set (dashboard) set cacheSize',
  })
  await setProvenVersion(store.db, agentId, version)
  const { entries } = await listAuditEntries(store.db, { action: 'configuration.changed', subject: agentId, limit: 1 })
  expect(entries).toMatchObject([{ actor: 'bob set (dashboard)', detail: { version } }])
})

test('the audit of a cycle has the approvals of its trials and the configurations that they set', async () => {
  const agentId = await newAgent()
  const [cycleId, trialId] = ['cycle-2026-07-01T00:00:00Z', `opt_1_${agentId}`]
  await recordCycleStart(store.db, { id: cycleId, runId: 'run-1' })
  await insertStrategies(store.db, cycleId, [strategyFor(agentId, trialId)])
  await requestApproval(store.db, { trialId, agentId }, 60_000)
  await closeApproval(store.db, trialId, { state: 'approved', by: 'ada', reason: '' })
  const version = await appendConfiguration(store.db, {
    agentId,
    values: { cacheSize: 4, parallelism: 3 },
    origin: 'trial',
    trialId,
    reason: 'a trial',
  })
  await setProvenVersion(store.db, agentId, version)
  const { entries } = await listAuditEntries(store.db, { subject: cycleId, limit: 10 })
  expect(entries.map(({ action }) => action).sort()).toEqual([
    'approval.approved',
    'approval.asked',
    'configuration.changed',
    'cycle.started',
  ])
})
