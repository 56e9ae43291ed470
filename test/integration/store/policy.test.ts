import { readdirSync, readFileSync } from 'node:fs'
import { MockActivityEnvironment } from '@temporalio/testing'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Dependencies } from '../../../src/activities/dependencies.ts'
import { createLoadPolicyActivity, createRecordUnchangedPolicyActivity } from '../../../src/activities/policy.ts'
import { configSchema } from '../../../src/config/config.ts'
import { auditQuerySchema } from '../../../src/model/audit.ts'
import type { Command } from '../../../src/model/commands.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { raiseAlert, resolveAlert } from '../../../src/store/alerts.ts'
import { listAuditEntries } from '../../../src/store/audit.ts'
import { recordReadings } from '../../../src/store/components.ts'
import { openDatabase } from '../../../src/store/database.ts'
import { changeEngineSettings } from '../../../src/store/engine-settings.ts'
import { recordObjectiveChange } from '../../../src/store/objectives.ts'
import { findPause, lockFleet, recordPause, recordResume } from '../../../src/store/pause.ts'
import {
  listLatestPolicyChanges,
  listPolicyChanges,
  loadRecordedPolicy,
  type NewPolicyChange,
  recordPolicyChanges,
} from '../../../src/store/policy-changes.ts'
import { recordRelease } from '../../../src/store/releases.ts'
import { loadEligibilityRecord } from '../../../src/trials/eligibility-facts.ts'
import { createTestDatabase } from '../../support/database.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { announcement, createTestStore, type TestStore } from '../../support/store.ts'

let store: TestStore
beforeEach(async () => {
  store = await createTestStore()
})
afterEach(() => store?.drop())

const change: NewPolicyChange = {
  field: 'focus',
  oldValue: null,
  newValue: 'hunter',
  changedBy: 'ada',
  reason: 'it is slow',
}

describe('the record of the policy', () => {
  test('keeps every change with who and why, newest first', async () => {
    await recordPolicyChanges(store.db, [change])
    const bolder: NewPolicyChange = { ...change, field: 'aggressiveness', oldValue: 3, newValue: 4 }
    await recordPolicyChanges(store.db, [bolder, { ...change, oldValue: 'hunter', newValue: null }])
    expect(await listPolicyChanges(store.db)).toMatchObject([{ newValue: null }, bolder, change])
    expect(await listLatestPolicyChanges(store.db)).toMatchObject([bolder, { field: 'focus', newValue: null }])
  })

  test('is not extended by a repeated attempt', async () => {
    const levels: NewPolicyChange = { ...change, field: 'autonomyByKind', oldValue: {}, newValue: { hunter: 0.9, analyzer: 0.7 } }
    for (let attempt = 0; attempt < 2; attempt++) await recordPolicyChanges(store.db, [change, levels])
    expect(await listPolicyChanges(store.db)).toHaveLength(2)
  })

  test('returns the policy, with defaults where nothing valid was recorded', async () => {
    expect(await loadRecordedPolicy(store.db)).toEqual(defaultPolicy)
    await recordPolicyChanges(store.db, [change, { ...change, field: 'aggressiveness', newValue: 9 }])
    await recordPause(store.db, 'ada', 'a release')
    expect(await loadRecordedPolicy(store.db)).toEqual({ ...defaultPolicy, focus: 'hunter', paused: true })
  })
})

describe('a new optimizer workflow', () => {
  const load = () => createLoadPolicyActivity({ db: store.db } as Dependencies)()
  const save = (changedBy: string): NewPolicyChange => ({
    ...change,
    field: 'resourceMode',
    oldValue: 'normal',
    newValue: 'reduce',
    changedBy,
  })

  test('knows the resources that are short, and that it saves because of them', async () => {
    expect(await load()).toMatchObject({ constraints: [], isConstrained: false })
    const short = { severity: 'critical', message: 'a test', subject: 'host-1' } as const
    await raiseAlert(store.db, { ...short, cause: 'threshold', component: 'a', metric: 'cpuPercent' })
    await raiseAlert(store.db, { ...short, cause: 'threshold', component: 'b', metric: 'responseTime' })
    await raiseAlert(store.db, { ...short, cause: 'anomaly', component: 'c', metric: 'memoryPercent' })
    await recordPolicyChanges(store.db, [save('optimizer')])
    expect(await load()).toMatchObject({ constraints: ['cpuPercent of host-1'], isConstrained: true })
    await resolveAlert(store.db, { cause: 'threshold', component: 'a' })
    expect(await load()).toMatchObject({ constraints: [], isConstrained: true })
  })

  test('leaves out what single agents lack: that is a matter of theirs alone', async () => {
    await registerInstance(store.db, announcement('hunter', 'hunter-1'))
    const { instance, config } = { instance: 'hunter/hunter-1', config: configSchema.parse({ dataDir: temporaryFolder() }) }
    const reading = { component: instance, kind: 'instance', agentId: 'hunter', at: new Date(), cpuPercent: 95 } as const
    await recordReadings(store.db, [reading], 15_000)
    const short = { cause: 'threshold', severity: 'critical', message: 'a test', metric: 'cpuPercent' } as const
    for (const subject of ['hunter', instance]) await raiseAlert(store.db, { ...short, component: subject, subject })
    expect(await load()).toMatchObject({ constraints: [] })
    const { agents } = await loadEligibilityRecord(store.db, config, { now: Date.now() })
    expect(agents.hunter?.shortages.toSorted()).toEqual(['cpuPercent of hunter', `cpuPercent of ${instance}`])
  })

  test('saves on if a person asked for it, first or later', async () => {
    await recordPolicyChanges(store.db, [save('ada')])
    expect(await load()).toMatchObject({ policy: { resourceMode: 'reduce' }, isConstrained: false })
    await recordPolicyChanges(store.db, [{ ...save('ada'), newValue: 'normal' }])
    await recordPolicyChanges(store.db, [save('optimizer')])
    expect(await load()).toMatchObject({ isConstrained: true })
    const request = { command: { type: 'reduceResourceConsumption' }, by: 'ada', reason: 'a bill' } as const
    await new MockActivityEnvironment().run(createRecordUnchangedPolicyActivity({ db: store.db } as Dependencies), request)
    expect(await load()).toMatchObject({ isConstrained: false })
  })
})

describe('a pause', () => {
  test('is a change of the policy, with who, why and since when', async () => {
    expect(await findPause(store.db)).toBeUndefined()
    const before = Date.now()
    for (let attempt = 0; attempt < 2; attempt++) await recordPause(store.db, 'ada', 'a release')
    const pause = await findPause(store.db)
    expect(pause).toMatchObject({ pausedBy: 'ada', reason: 'a release' })
    expect(Math.abs(pause!.since.getTime() - before)).toBeLessThan(60_000)
    for (let attempt = 0; attempt < 2; attempt++) await recordResume(store.db, 'bob', 'it is out')
    expect(await findPause(store.db)).toBeUndefined()
    expect(await listPolicyChanges(store.db)).toMatchObject([
      { field: 'paused', oldValue: true, newValue: false, changedBy: 'bob' },
      { field: 'paused', oldValue: false, newValue: true, changedBy: 'ada' },
    ])
  })

  test('waits for a trial that is just being started', async () => {
    let begun = false
    const { promise: holding, resolve: isHeld } = Promise.withResolvers<void>()
    const { promise: beginning, resolve: goOn } = Promise.withResolvers<void>()
    const trial = store.db.transaction().execute(async (trx) => {
      await lockFleet(trx)
      isHeld()
      await beginning
      begun = true
    })
    await holding
    const pause = recordPause(store.db, 'ada', 'a release').then(() => begun)
    goOn()
    await trial
    expect(await pause).toBe(true)
  })
})

test('a command that changes nothing is in the audit once, unless a pause on record says that it changes something', async () => {
  let commands = 0
  const give = async (command: Command) => {
    const environment = new MockActivityEnvironment({ activityId: String(++commands) })
    const record = createRecordUnchangedPolicyActivity({ db: store.db } as Dependencies)
    for (let attempt = 0; attempt < 2; attempt++) await environment.run(record, { command, by: 'ada', reason: 'a test' })
  }
  await give({ type: 'pause' })
  await give({ type: 'resume' })
  await recordPause(store.db, 'bob', 'a release')
  await give({ type: 'pause' })
  await give({ type: 'resume' })
  await give({ type: 'focusOnAgent', agentId: 'hunter' })
  await give({ type: 'optimizeSystemPerformance' })
  const { entries } = await listAuditEntries(store.db, auditQuerySchema.parse({ actor: 'ada' }))
  expect(entries.map(({ action, subject, detail }) => ({ action, subject, detail }))).toEqual([
    { action: 'cycle.requested', subject: null, detail: null },
    { action: 'request.without-effect', subject: 'hunter', detail: { asked: 'focusOnAgent', agentId: 'hunter' } },
    { action: 'request.without-effect', subject: null, detail: { asked: 'pause' } },
    { action: 'request.without-effect', subject: null, detail: { asked: 'resume' } },
  ])
})

describe('a database in which the pause had its own table', () => {
  const folder = new URL('../../../src/store/migrations/', import.meta.url)
  const [earlier, policyRecord] = [
    readdirSync(folder).filter((file) => file < '0011_policy_record.sql'),
    readFileSync(new URL('0011_policy_record.sql', folder), 'utf8'),
  ]

  test.each([
    ['a pause is in force', "insert into pause (paused_by, reason) values ('ada', 'a release')", { pausedBy: 'ada' }],
    [
      'a pause had ended that its record does not know of',
      `insert into policy_changes (field, new_value, changed_by, reason) values ('paused', 'true', 'ada', 'a release')`,
      undefined,
    ],
  ])('is migrated: %s', async (_, statement, expected) => {
    const { url, drop } = await createTestDatabase()
    const db = openDatabase(url)
    for (const file of earlier) await sql.raw(readFileSync(new URL(file, folder), 'utf8')).execute(db)
    await sql.raw(statement).execute(db)
    await sql.raw(policyRecord).execute(db)
    if (expected) expect(await findPause(db)).toMatchObject(expected)
    else expect(await findPause(db)).toBeUndefined()
    await db.destroy()
    await drop()
  })
})

test('records of who did what are append only', async () => {
  const { db } = store
  await registerInstance(db, announcement('hunter', 'hunter-1'))
  await recordPolicyChanges(db, [change])
  await recordRelease(db, { agentId: 'hunter', knob: null, by: 'ada', reason: '' })
  await recordObjectiveChange(db, {}, { objective: null, by: 'ada', reason: '' })
  await changeEngineSettings(db, () => ({ data_retention_days: 30 }), 'ada')
  const records = {
    policy_changes: 'reason',
    releases: 'reason',
    objective_changes: 'reason',
    configurations: 'reason',
    engine_setting_changes: 'changed_by',
    proven_versions: 'version',
  }
  for (const [table, column] of Object.entries(records)) {
    const [rows, changed] = [sql.table(table), sql.ref(column)]
    const attempts = [sql`delete from ${rows}`, sql`truncate ${rows} cascade`, sql`update ${rows} set ${changed} = ${changed}`]
    for (const attempt of attempts) await expect(attempt.execute(db), table).rejects.toThrow('append only')
    expect((await sql`select from ${rows}`.execute(db)).rows, table).toHaveLength(1)
  }
})
