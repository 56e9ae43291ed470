import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { eventTypes } from '../../../src/model/event.ts'
import { livenessTimeoutMs } from '../../../src/model/liveness.ts'
import { EventFeed } from '../../../src/reading/events.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { raiseAlert, recordAlertAcknowledgement, resolveAlert } from '../../../src/store/alerts.ts'
import { listOpenAnomalies, recordAnomalies, recordDismissal } from '../../../src/store/anomalies.ts'
import { closeApproval, requestApproval } from '../../../src/store/approvals.ts'
import { recordCycleEnd, recordCycleStart } from '../../../src/store/cycles.ts'
import type { Database } from '../../../src/store/database.ts'
import { insertDeployment } from '../../../src/store/deployments.ts'
import { changeEngineSettings } from '../../../src/store/engine-settings.ts'
import { forgetAgent } from '../../../src/store/forgetting.ts'
import { recordSilences } from '../../../src/store/instance-liveness.ts'
import { recordObjectiveChange } from '../../../src/store/objectives.ts'
import { recordPause, recordResume } from '../../../src/store/pause.ts'
import { recordPerformanceProfile } from '../../../src/store/performance-profiles.ts'
import { insertPolicyChanges } from '../../../src/store/policy-changes.ts'
import { recordRestoreEnd, recordRestoreStart } from '../../../src/store/restores.ts'
import { upsertResult } from '../../../src/store/results.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import { insertTrial, updateTrial } from '../../../src/store/trials.ts'
import { anomaly } from '../../support/anomalies.ts'
import { appOf } from '../../support/api.ts'
import { announcement, createTestStore, strategyFor, type TestStore } from '../../support/store.ts'
import { withClosedTemporal } from '../../support/temporal.ts'
import { judgement, planned, resultOf } from '../../support/trial-facts.ts'

let store: TestStore
let db: Database
let app: ReturnType<typeof appOf>
beforeAll(async () => {
  store = await createTestStore()
  db = store.db
  app = appOf(await withClosedTemporal(db))
})
afterAll(() => store?.drop())

/** A client: the messages it has received so far. */
async function listen(lastEventId?: number) {
  const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }
  const response = await app.request('/api/events', { headers })
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const reading = (async () => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      text += value
    }
  })()
  await vi.waitFor(() => expect(text).toContain(': connected'))
  return {
    messages: () =>
      [...text.matchAll(/^data: (.*)\nid: (\d+)$/gm)].map(([, data, id]) => ({ ...JSON.parse(data!), sentId: Number(id) })),
    async close() {
      await reader.cancel()
      await reading
    },
  }
}

test('everything that happens is an event that says where to look, as documented', async () => {
  const trialId = 'opt_9_mine'
  await registerInstance(db, announcement('hunter', 'hunter-1'), Date.now())
  await recordCycleStart(db, { id: 'cycle-9', runId: 'run-9' })
  await insertStrategies(db, 'cycle-9', [strategyFor('hunter', trialId)])
  await requestApproval(db, { trialId, agentId: 'hunter' }, 60_000)
  await closeApproval(db, trialId, { state: 'approved', by: 'ada', reason: '' })
  await insertTrial(db, {
    id: trialId,
    agentId: 'hunter',
    workflowId: 'cycle-9',
    design: 'concurrent',
    baselineVersion: 1,
    candidateVersion: 1,
    candidateInstances: ['hunter-1'],
    controlInstances: ['hunter-2'],
  })
  await updateTrial(db, trialId, { state: 'observing' })
  await updateTrial(db, trialId, { judgement })
  await updateTrial(db, trialId, { state: 'kept', endedAt: new Date() })
  await upsertResult(db, 'cycle-9', resultOf({ ...planned(), strategy: strategyFor('hunter', trialId) }))
  await recordCycleEnd(db, 'cycle-9', { state: 'completed', phases: {} })
  const alert = { cause: 'threshold', component: 'hunter' } as const
  await raiseAlert(db, { ...alert, severity: 'high', message: 'hunter is slow' })
  await raiseAlert(db, { ...alert, severity: 'high', message: 'hunter is still slow' })
  const [{ id: alertId }] = (await db.selectFrom('alerts').select('id').execute()) as [{ id: number }]
  await recordAlertAcknowledgement(db, alertId, { by: 'ada', reason: '' })
  await resolveAlert(db, alert)
  await recordPause(db, 'ada', 'a release')
  await recordResume(db, 'ada', 'done')
  await recordObjectiveChange(db, { agent: 'hunter' }, { objective: null, by: 'ada', reason: '' })
  await recordObjectiveChange(db, { kind: 'hunter' }, { objective: null, by: 'ada', reason: '' })
  await recordPerformanceProfile(db, 'only', {
    target: 'hunter',
    instanceId: 'hunter-1',
    kind: 'cpu',
    trigger: 'person',
    requestedBy: 'ada',
    reason: '',
    workflowId: 'profile-hunter-cpu',
    runId: 'run-1',
    trialId: null,
    arm: null,
    version: 1,
    content: { unit: 'microseconds', durationMs: 1, nodes: [] } as never,
  })
  const found = anomaly({ component: 'hunter', since: 0 })
  await recordAnomalies(db, { open: [found], ended: [] })
  await recordAnomalies(db, { open: [{ ...found, value: 3_000 }], ended: [] })
  await recordAnomalies(db, { open: [], ended: [{ ...found, endedAt: 1_000 }] })
  await recordAnomalies(db, { open: [anomaly({ component: 'hunter', since: 2_000 })], ended: [] })
  const anomalyId = (await listOpenAnomalies(db))[0]!.id
  await recordDismissal(db, anomalyId, { by: 'ada', reason: '' })
  const restore = { workflowId: 'restore-hunter', runId: 'run-9', agentId: 'hunter', trialId: null }
  for (const _ of [1, 2]) await recordRestoreStart(db, { ...restore, target: 'version 1', requestedBy: 'ada', reason: '' })
  await recordRestoreEnd(db, 'run-9', { outcome: 'done', issues: [] })
  await insertDeployment(db, { at: new Date(), component: 'hunter', description: 'version 2', deployedBy: 'ada' })
  await changeEngineSettings(db, () => ({ monitoring_interval_seconds: 7 }), 'ada')
  await db
    .insertInto('monitoringGaps')
    .values({ component: 'hunter', since: new Date(0), until: new Date(1) })
    .execute()
  const heardAt = Date.now() - livenessTimeoutMs
  await db
    .updateTable('agentInstances')
    .set({ heartbeatAt: new Date(heardAt) })
    .execute()
  await recordSilences(db, heardAt + livenessTimeoutMs - 1)
  // Two workers at once.
  await Promise.all([1, 2].map(() => recordSilences(db, heardAt + livenessTimeoutMs)))
  await recordSilences(db, heardAt + livenessTimeoutMs + 1)
  await forgetAgent(db, { agentId: 'hunter', by: 'ada' })

  const events = await new EventFeed(db, 0).read(0, 1_000, 1_000)
  const keys = Map.groupBy(events, ({ type }) => type)
  const seen = Object.fromEntries(
    [...keys].map(([type, of]) => [type, [...new Set(of.flatMap(({ ref }) => Object.keys(ref)))].sort()]),
  )
  expect(seen).toEqual(Object.fromEntries(Object.entries(eventTypes).map(([type, { ref }]) => [type, [...ref].sort()])))
  expect(events.filter(({ type }) => type === 'alert.raised')).toMatchObject([{ ref: { alertId } }])
  expect(events.filter(({ type }) => type.startsWith('anomaly.')).map(({ type }) => type)).toEqual([
    'anomaly.found',
    'anomaly.ended',
    'anomaly.found',
    'anomaly.dismissed',
  ])
  expect(events.filter(({ type }) => type === 'instance.silent')).toHaveLength(1)
})

const change = (reason: string) => ({ field: 'aggressiveness' as const, oldValue: 3, newValue: 4, changedBy: 'ada', reason })

test('an event whose transaction commits late comes before those with greater ids, and a rolled back one delays nothing for long', async () => {
  const feed = new EventFeed(db, 0)
  const before = await vi.waitUntil(async () => (await feed.findNewest()) || undefined, 5_000)
  const late = await db.startTransaction().execute()
  const never = await db.startTransaction().execute()
  await insertPolicyChanges(late, [change('late')])
  await insertPolicyChanges(never, [change('never')])
  await insertPolicyChanges(db, [change('early')])
  for (let round = 0; round < 5; round++) expect(await feed.findNewest()).toBe(before)
  await never.rollback().execute()
  await late.commit().execute()
  const upTo = await vi.waitUntil(async () => {
    const newest = await feed.findNewest()
    return newest >= before + 3 && newest
  }, 5_000)
  expect(await feed.read(before, upTo, 10)).toMatchObject([{ id: before + 1 }, { id: before + 3 }])
})

test('who asks for the head alone takes no stream away from others', async () => {
  for (let asked = 0; asked <= 200; asked++) {
    const { status, body } = await app.request('/api/events', { method: 'HEAD' })
    expect({ status, body }).toEqual({ status: 200, body: null })
  }
  await (await listen()).close()
})

test('a client hears of what happens, and continues where it stopped; if that is no longer on record, it is told', async () => {
  const first = await listen()
  const known = first.messages().length
  await insertPolicyChanges(db, [change('one')])
  await vi.waitFor(() => expect(first.messages().length).toBeGreaterThan(known), 5_000)
  const { id, sentId, ...heard } = first.messages().at(-1)!
  expect(heard).toEqual({ type: 'policy.changed', at: expect.any(String), ref: { field: 'aggressiveness' } })
  expect(sentId).toBe(id)
  await first.close()

  await insertPolicyChanges(db, [change('two'), change('three')])
  const [second, third] = await Promise.all([listen(id), listen(id + 1_000)])
  await vi.waitFor(() => expect(second.messages()).toMatchObject([{ id: id + 1 }, { id: id + 2 }]), 5_000)
  await vi.waitFor(() => expect(third.messages()[0]).toMatchObject({ type: 'reset' }), 5_000)
  await Promise.all([second.close(), third.close()])
})
