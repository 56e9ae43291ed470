import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ThresholdEvaluator } from '../../../src/activities/evaluate-thresholds.ts'
import { AlertNotifier } from '../../../src/activities/notify-alerts.ts'
import { createOutboxSink } from '../../../src/activities/outbox-sink.ts'
import { updateEngineSettings } from '../../../src/client/engine-settings.ts'
import { configSchema } from '../../../src/config/config.ts'
import { performanceSubjects } from '../../../src/messaging/subjects.ts'
import type { AlertThresholds } from '../../../src/model/alert-threshold.ts'
import { createCatalogue } from '../../../src/model/metric.ts'
import { readAllocationRecommendations, readCapacity } from '../../../src/reading/capacity.ts'
import { readEngineSettings } from '../../../src/reading/engine-settings.ts'
import { readMonitoringGaps } from '../../../src/reading/monitoring-gaps.ts'
import type { AlertNotice, Sink } from '../../../src/sinks/sink.ts'
import { recordDeparture, registerInstance } from '../../../src/store/agents.ts'
import { listOpenAlerts, raiseAlert, recordAlertAcknowledgement, resolveAlert } from '../../../src/store/alerts.ts'
import { correctFutureTimes } from '../../../src/store/clock.ts'
import type { ComponentReading } from '../../../src/store/component-reading.ts'
import { recordReadings } from '../../../src/store/components.ts'
import { getEngineOverrides } from '../../../src/store/engine-settings.ts'
import { forgetAgent } from '../../../src/store/forgetting.ts'
import { classifyInstances } from '../../../src/store/instance-liveness.ts'
import { listMonitoringGaps } from '../../../src/store/monitoring-gaps.ts'
import { listDailyUsage } from '../../../src/store/resource-usage.ts'
import { recordSystemMetrics } from '../../../src/store/system-metrics.ts'
import { announcement, createTestStore, listMonitored, type TestStore } from '../../support/store.ts'

let store: TestStore
let evaluator: ThresholdEvaluator
beforeAll(async () => {
  store = await createTestStore()
  evaluator = new ThresholdEvaluator(store.db)
})
afterAll(() => store.drop())

const start = Date.now()
const catalogue = createCatalogue([])

const evaluate = (thresholds: AlertThresholds, now: number) =>
  evaluator.evaluate({ thresholds, catalogue, monitoringMs: 15_000, cycleMs: 600_000 }, now)

/** Records a reading of a host's CPU some seconds after the start, and evaluates the document's threshold. */
async function read(component: string, cpuPercent: number, seconds: number) {
  const at = new Date(start + seconds * 1_000)
  await recordReadings(store.db, [{ component, kind: 'host', at, cpuPercent }], 15_000)
  await evaluate({ cpu_usage: { warning: 80, critical: 90, for: 0 } }, at.getTime())
}

const openAlerts = async () => (await listOpenAlerts(store.db)).map(({ subject, severity }) => `${subject} ${severity}`).sort()

test('a component that was not measured for a while has a gap, and no reading is made up', async () => {
  for (const seconds of [0, 15, 90, 105]) await read('gappy', 10, seconds)
  expect(await listMonitoringGaps(store.db, 'gappy')).toEqual([
    { component: 'gappy', since: new Date(start + 15_000), until: new Date(start + 90_000) },
  ])
  const readings = await store.db.selectFrom('systemMetrics').where('component', '=', 'gappy').select('timestamp').execute()
  expect(readings).toHaveLength(4)
  expect((await listMonitored(store.db)).at(-1)).toMatchObject({ component: 'gappy', seenAt: new Date(start + 105_000) })
})

test('gaps of the last day are told in words, first those that go on; an instance that left by itself has none', async () => {
  const hourMs = 3_600_000
  for (const instanceId of ['stays', 'leaves']) {
    await registerInstance(store.db, announcement('wanderer', instanceId), start)
    const reading = { component: `wanderer/${instanceId}`, kind: 'instance' as const, agentId: 'wanderer', at: new Date(start) }
    await recordReadings(store.db, [{ ...reading, cpuPercent: 1 }], 15_000)
  }
  await recordDeparture(store.db, { agentId: 'wanderer', instanceId: 'leaves' })
  const context = { db: store.db, config: configSchema.parse({}) }
  const about = async (name: string, now: number) =>
    (await readMonitoringGaps(context, now)).filter(({ component }) => component.startsWith(name))
  expect(await about('wanderer', start + hourMs)).toEqual([
    {
      component: 'wanderer/stays',
      agentId: 'wanderer',
      since: new Date(start),
      until: null,
      text: expect.stringMatching(/^wanderer\/stays has not been measured since .*, for 1 h$/),
    },
  ])
  expect((await about('gappy', start + hourMs)).map(({ text }) => text)).toEqual([
    expect.stringMatching(/^gappy has not been measured since/),
    expect.stringMatching(/^gappy was not measured for 1 min, from .* to /),
  ])
  expect(await about('wanderer', start + 50_000)).toEqual([])
  expect(await about('', start + 26 * hourMs)).toEqual([])
  await store.db.deleteFrom('components').where('agentId', '=', 'wanderer').execute()
})

test('what is only late by the clock of others is not missed, nor a host that another succeeded, nor a forgotten instance', async () => {
  const context = { db: store.db, config: configSchema.parse({}) }
  const minuteMs = 60_000
  const report = (component: string, kind: 'host' | 'process' | 'instance', minutes: number, agentId?: string) =>
    recordReadings(store.db, [{ component, kind, agentId, at: new Date(start + minutes * minuteMs), cpuPercent: 1 }], 15_000)
  const open = async (minutes: number) =>
    (await readMonitoringGaps(context, start + minutes * minuteMs))
      .filter(({ until }) => until === null)
      .map(({ component }) => component)

  await registerInstance(store.db, announcement('seldom', '1'), start)
  for (const minutes of [10, 15, 20, 25]) await report('seldom/1', 'instance', minutes, 'seldom')
  expect(await open(35)).not.toContain('seldom/1')
  expect(await open(40)).toContain('seldom/1')
  await recordDeparture(store.db, { agentId: 'seldom', instanceId: '1' })
  await forgetAgent(store.db, { agentId: 'seldom', by: 'a test' })
  expect(await open(40)).not.toContain('seldom/1')

  for (const host of ['old-pod', 'new-pod']) {
    const minutes = host === 'old-pod' ? 30 : 35
    await report(host, 'host', minutes)
    await report(`${host}/worker`, 'process', minutes)
  }
  expect((await open(40)).filter((component) => component.includes('pod')).sort()).toEqual(['new-pod', 'new-pod/worker'])
  await store.db
    .deleteFrom('components')
    .where('seenAt', '>', new Date(start + 5 * minuteMs))
    .execute()
})

test('a component that is always measured less often has a gap only when it is late by its own habit', async () => {
  const report = async (component: string, kind: 'other' | 'instance', seconds: number, intervalMs = 15_000) =>
    await recordReadings(
      store.db,
      [{ component, kind, at: new Date(start - 3_600_000 + seconds * 1_000), others: { queueLength: 1 } }],
      intervalMs,
    )
  for (const seconds of [0, 60, 120, 180, 600, 660]) await report('slow-reporter', 'other', seconds)
  expect(await listMonitoringGaps(store.db, 'slow-reporter')).toMatchObject([
    { since: new Date(start - 3_600_000 + 180_000), until: new Date(start - 3_600_000 + 600_000) },
  ])
  for (const seconds of [0, 60, 120]) await report('agent/hurried', 'instance', seconds, 60_000)
  for (const seconds of [180, 190, 200]) await report('agent/hurried', 'instance', seconds, 10_000)
  expect(await listMonitoringGaps(store.db, 'agent/hurried')).toEqual([])
  await store.db.deleteFrom('components').where('component', 'in', ['slow-reporter', 'agent/hurried']).execute()
})

test('the time of an alert starts anew after a gap, and not because a program reports seldom', async () => {
  const levelsAt = async (component: string, seconds: number[]) => {
    for (const each of seconds) {
      const at = new Date(start + 20_000_000 + each * 1_000)
      await recordReadings(store.db, [{ component, kind: 'other', at, others: { cpuPercent: 99 } }], 15_000)
      await evaluate({ cpu_usage: { critical: 90, for: 60 } }, at.getTime())
    }
    return (await openAlerts()).filter((alert) => alert.startsWith(component))
  }
  expect(await levelsAt('late', [0, 15, 3_000])).toEqual([])
  expect(await levelsAt('late', [3_015, 3_030, 3_060])).toEqual(['late critical'])
  expect(await levelsAt('seldom', [4_000, 4_600])).toEqual([])
  expect(await levelsAt('seldom', [5_200])).toEqual(['seldom critical'])
  await store.db.deleteFrom('components').where('component', 'in', ['late', 'seldom']).execute()
  await evaluate({}, start)
})

test('readings that were recorded while nobody evaluated them are no gap', async () => {
  const levelAfter = async (component: string, seconds: number[]) => {
    for (const each of seconds) {
      const at = new Date(start + 30_000_000 + each * 1_000)
      await recordReadings(store.db, [{ component, kind: 'other', at, others: { cpuPercent: 99 } }], 15_000)
      if (each === 0 || each === seconds.at(-1)) await evaluate({ cpu_usage: { critical: 90, for: 60 } }, at.getTime())
    }
    return await openAlerts()
  }
  expect(await levelAfter('unevaluated', [0, 15, 30, 45, 60])).toEqual(['unevaluated critical'])
  await store.db.deleteFrom('components').execute()
  await evaluate({}, start)
  expect(await levelAfter('interrupted', [0, 15, 30, 600, 615])).toEqual([])
  await store.db.deleteFrom('components').execute()
  await evaluate({}, start)
})

test('every reading since the previous evaluation is compared, whichever program sent it, and is heard of', async () => {
  const at = (seconds: number) => new Date(start + 40_000_000 + seconds * 1_000)
  const report = async (seconds: number, others: Record<string, number>) =>
    await recordReadings(store.db, [{ component: 'shared', kind: 'other', at: at(seconds), others }], 15_000)
  const levels = async (seconds: number, duration = 0) => {
    await evaluate({ cpu_usage: { critical: 90, for: duration }, queueLength: { critical: 100, for: 0 } }, at(seconds).getTime())
    return await openAlerts()
  }
  await report(0, { cpuPercent: 10 })
  expect(await levels(0)).toEqual([])
  await report(3, { cpuPercent: 99 })
  await report(6, { cpuPercent: 10 })
  await report(9, { memoryMb: 1 })
  expect(await levels(15)).toEqual(['shared critical'])
  expect(await levels(16)).toEqual([])
  for (const [seconds, percent] of [
    [20, 99],
    [40, 10],
    [60, 99],
  ] as const)
    await report(seconds, { cpuPercent: percent })
  expect(await levels(60, 30)).toEqual([])
  await report(80, { cpuPercent: 99 })
  await report(90, { cpuPercent: 99 })
  await report(91, { memoryMb: 1 })
  expect(await levels(91, 30)).toEqual(['shared critical'])
  await report(92, { cpuPercent: 10 })
  await report(93, { memoryMb: 1 })
  expect(await levels(93, 30)).toEqual([])
  await store.db.deleteFrom('components').execute()
  await evaluate({}, start)
})

test('the CPU of a process that uses several cores is compared with all it may use, and with none if nobody knows them', async () => {
  const at = (seconds: number) => new Date(start + 50_000_000 + seconds * 1_000)
  const levels = async (seconds: number, cpuPercent: number) => {
    const reading = { kind: 'instance' as const, agentId: 'threaded', at: at(seconds), cpuPercent }
    const components = [
      { ...reading, component: 'threaded/four', others: { cpuCores: 4 } },
      { ...reading, component: 'threaded/unknown' },
      { ...reading, component: 'threaded/single', cpuPercent: Math.min(cpuPercent, 95), others: { cpuCores: 4 } },
    ]
    await recordReadings(store.db, components, 15_000)
    await evaluate({ cpu_usage: { critical: 90, for: 0 } }, at(seconds).getTime())
    return await openAlerts()
  }
  expect(await levels(0, 80)).toEqual([])
  expect(await levels(15, 250)).toEqual(['threaded/single critical'])
  expect(await levels(30, 100)).toEqual(['threaded/single critical'])
  expect(await levels(45, 380)).toEqual(['threaded/four critical', 'threaded/single critical'])
  await store.db.deleteFrom('components').execute()
  await evaluate({}, start)
})

test('an alert is raised once, follows its level, stays while data is missing, and is resolved', async () => {
  await read('a', 95, 200)
  await read('b', 85, 210)
  expect(await openAlerts()).toEqual(['a critical', 'b medium'])
  const [first] = (await listOpenAlerts(store.db)).filter(({ subject }) => subject === 'a')
  await read('a', 96, 215)
  await read('b', 10, 220)
  expect(await openAlerts()).toEqual(['a critical'])
  expect(await listOpenAlerts(store.db)).toMatchObject([{ id: first!.id, metric: 'cpuPercent', component: 'cpuPercent of a' }])
  await recordReadings(store.db, [{ component: 'a', kind: 'host', at: new Date(start + 225_000), memoryPercent: 10 }], 15_000)
  await read('b', 10, 226)
  expect(await openAlerts()).toEqual(['a critical'])
  await read('a', 50, 230)
  expect(await openAlerts()).toEqual([])
})

test('other programs cannot overwrite what is measured, nor invent components without limit', async () => {
  const report = (components: string[], seconds = 240) =>
    recordReadings(
      store.db,
      components.map((component) => ({
        component,
        kind: 'other' as const,
        at: new Date(start + seconds * 1_000),
        others: { cpuPercent: 99 },
      })),
      15_000,
    )
  await expect(report(['a'])).rejects.toMatchObject({ code: 'taken-component' })
  expect((await report(['claimed'])).recorded).toHaveLength(1)
  await read('claimed', 10, 241)
  await expect(report(['claimed'], 242)).rejects.toMatchObject({ code: 'taken-component' })
  const invented = Array.from({ length: 1_000 }, (_, index) => `invented-${index}`)
  const { recorded, refused } = await report(['a', ...invented, 'one-more'])
  expect(recorded).toHaveLength(1_000)
  expect(refused).toEqual([
    { index: 0, reason: expect.stringContaining('a is already the name of a component that the optimizer measures') },
    { index: 1_001, reason: expect.stringContaining('at most 1000 components within a day') },
  ])
  await expect(report(['one-more'])).rejects.toMatchObject({ code: 'too-many-components' })
  expect((await report(['invented-7'], 243)).recorded).toHaveLength(1)

  // Old dates do not help either.
  await store.db.deleteFrom('components').where('kind', '=', 'other').execute()
  await sql`
    insert into components (component, kind, seen_at, metrics)
    select 'old-' || n, 'other', '2020-01-01', '{}' from generate_series(1, 9999) n`.execute(store.db)
  expect((await report(['last'])).recorded).toHaveLength(1)
  await expect(report(['one-too-many'])).rejects.toMatchObject({ code: 'too-many-components' })
  expect((await report(['old-7'])).recorded).toHaveLength(1)
  await store.db.deleteFrom('components').where('kind', '=', 'other').execute()
})

test('a component and an agent of the same name do not disturb the alerts', async () => {
  const at = new Date(start + 250_000)
  await store.db.insertInto('agentMetrics').values({ agentId: 'twin', at, responseTime: 9_000, others: '{}' }).execute()
  await recordReadings(store.db, [{ component: 'twin', kind: 'other', at, others: { responseTime: 1 } }], 15_000)
  await evaluate({ response_time: { critical: 3_000, for: 0 } }, at.getTime())
  expect(await openAlerts()).toEqual(['twin critical'])
  await evaluate({}, at.getTime())
  await store.db.deleteFrom('agentMetrics').execute()
})

test('a clock that was set back silences no component, and makes no instance that is gone look live', async () => {
  const now = Date.now() - 86_400_000
  await registerInstance(store.db, announcement('gone', '1'), now + 3_600_000)
  await recordReadings(store.db, [{ component: 'set-back', kind: 'host', at: new Date(now + 3_600_000), cpuPercent: 1 }], 15_000)
  await correctFutureTimes(store.db, now)
  const reading = { component: 'set-back', kind: 'host' as const, at: new Date(now + 1_000), cpuPercent: 2 }
  expect((await recordReadings(store.db, [reading], 15_000)).recorded).toHaveLength(1)
  expect(await classifyInstances(store.db, 'gone', now + 600_000)).toMatchObject({ live: [], gone: ['1'] })
})

test('each receiver is told of every change once, together with what has the same cause, and again what it missed', async () => {
  const heard: AlertNotice[][] = []
  let isDown = false
  const good: Sink = { name: 'good', send: async (notices) => void heard.push([...notices]) }
  const flaky: Sink = {
    name: 'flaky',
    async send(notices) {
      if (isDown) throw new Error('down')
      heard.push([...notices])
    },
  }
  const failures: string[] = []
  const tellGood = new AlertNotifier(
    () => [good],
    () => undefined,
  )
  const tellFlaky = new AlertNotifier(
    () => [flaky],
    (name) => failures.push(name),
  )
  await tellGood.tell(store.db)
  await tellFlaky.tell(store.db)
  heard.length = 0
  const states = () => heard.splice(0).map((group) => group.map(({ subject, state }) => `${subject} ${state}`))

  await read('c', 85, 300)
  await read('d', 95, 310)
  await tellGood.tell(store.db)
  await tellGood.tell(store.db)
  expect(states()).toEqual([['c medium', 'd critical']])

  isDown = true
  await tellFlaky.tell(store.db)
  expect(failures).toEqual(['flaky'])
  isDown = false
  await tellFlaky.tell(store.db)
  expect(states()).toEqual([['c medium', 'd critical']])

  const [c] = (await listOpenAlerts(store.db)).filter(({ subject }) => subject === 'c')
  await recordAlertAcknowledgement(store.db, c!.id, { by: 'ada', reason: 'known' })
  await expect(recordAlertAcknowledgement(store.db, c!.id, { by: 'bob', reason: 'mine' })).rejects.toMatchObject({
    code: 'acknowledged-alert',
    message: expect.stringContaining('ada'),
  })
  await read('c', 99, 320)
  await tellGood.tell(store.db)
  expect(states()).toEqual([['c critical']])
  await read('c', 10, 330)
  await read('d', 10, 330)
  await tellGood.tell(store.db)
  expect(states()).toEqual([['c resolved', 'd resolved']])
  await expect(recordAlertAcknowledgement(store.db, c!.id, { by: 'ada', reason: '' })).rejects.toMatchObject({
    code: 'unknown-alert',
  })
})

test('that an alert is over is told however long nobody could be told', async () => {
  const heard: string[] = []
  const send = async (notices: readonly AlertNotice[]) =>
    void heard.push(...notices.map(({ subject, state }) => `${subject} ${state}`))
  const teller = new AlertNotifier(
    () => [{ name: 'patient', send }],
    () => undefined,
  )
  await read('w', 95, 340)
  await teller.tell(store.db)
  await read('w', 10, 350)
  const longAgo = new Date(start - 40 * 86_400_000)
  await store.db.updateTable('alerts').set({ resolvedAt: longAgo }).where('subject', '=', 'w').execute()
  await teller.tell(store.db)
  await teller.tell(store.db)
  expect(heard).toEqual(['w critical', 'w resolved'])
})

test('a group that a receiver refuses delays no other, and what it never knew of is not resolved', async () => {
  const heard: string[] = []
  let refuses = true
  const sink: Sink = {
    name: 'choosy',
    async send(notices) {
      if (refuses && notices[0]!.metric === 'cpuPercent') throw new Error('refused')
      heard.push(...notices.map(({ subject, metric, state }) => `${subject} ${metric} ${state}`))
    },
  }
  const failures: string[] = []
  const teller = new AlertNotifier(
    () => [sink],
    (name) => failures.push(name),
  )
  const thresholds = { cpu_usage: { critical: 90, for: 0 }, memory_usage: { critical: 90, for: 0 } }
  const readBoth = async (percent: number, seconds: number) => {
    const at = new Date(start + seconds * 1_000)
    await recordReadings(store.db, [{ component: 'e', kind: 'host', at, cpuPercent: percent, memoryPercent: percent }], 15_000)
    await evaluate(thresholds, at.getTime())
  }
  await readBoth(95, 400)
  await teller.tell(store.db)
  expect(failures).toEqual(['choosy'])
  expect(heard).toEqual(['e memoryPercent critical'])
  await readBoth(10, 410)
  refuses = false
  await teller.tell(store.db)
  expect(heard).toEqual(['e memoryPercent critical', 'e memoryPercent resolved'])
})

test('a receiver that does not answer is left alone until the next time, however much it has to be told', async () => {
  let attempts = 0
  const sink: Sink = {
    name: 'hanging',
    async send() {
      attempts++
      throw new DOMException('The operation was aborted due to timeout', 'TimeoutError')
    },
  }
  const teller = new AlertNotifier(
    () => [sink],
    () => undefined,
  )
  const at = new Date(start + 450_000)
  await recordReadings(store.db, [{ component: 'h', kind: 'host', at, cpuPercent: 95, memoryPercent: 95 }], 15_000)
  const thresholds = { cpu_usage: { critical: 90, for: 0 }, memory_usage: { critical: 90, for: 0 } }
  await evaluate(thresholds, at.getTime())
  await teller.tell(store.db)
  expect(attempts).toBe(1)
  await recordReadings(
    store.db,
    [{ component: 'h', kind: 'host', at: new Date(start + 460_000), cpuPercent: 5, memoryPercent: 5 }],
    15_000,
  )
  await evaluate(thresholds, start + 460_000)
})

test('a receiver that forgets is told again of an acknowledged alert that it knows', async () => {
  const heard: string[] = []
  const sink: Sink = {
    name: 'forgetful',
    repeatMs: 60_000,
    send: async (notices) => void heard.push(...notices.map(({ subject, state }) => `${subject} ${state}`)),
  }
  const teller = new AlertNotifier(
    () => [sink],
    () => undefined,
  )
  await read('f', 95, 500)
  await teller.tell(store.db, 1_000_000)
  await read('g', 95, 510)
  for (const { id } of await listOpenAlerts(store.db)) await recordAlertAcknowledgement(store.db, id, { by: 'ada', reason: '' })
  await teller.tell(store.db, 1_030_000)
  await teller.tell(store.db, 1_070_000)
  await read('f', 10, 520)
  await read('g', 10, 520)
  await teller.tell(store.db, 1_080_000)
  expect(heard).toEqual(['f critical', 'f critical', 'f resolved'])
})

test('the use of an agent on a day is the mean of its instances in its busiest hour, and its growth is forecast', async () => {
  const hourMs = 3_600_000
  const now = Math.floor(start / (24 * hourMs)) * 24 * hourMs + 12 * hourMs
  const percents = { 'grower/1': 2, 'grower/2': -2 }
  for (let day = 20; day >= 0; day--)
    for (const [hour, calm] of [
      [3, 30],
      [9, 0],
    ] as const)
      await recordReadings(
        store.db,
        Object.entries(percents).map(([component, offset]) => ({
          component,
          kind: 'instance' as const,
          agentId: 'grower',
          at: new Date(now - day * 24 * hourMs - (12 - hour) * hourMs),
          cpuPercent: 85 - 2 * day + offset - calm,
        })),
        24 * hourMs,
      )
  const use = (await listDailyUsage(store.db, ['cpuPercent'], new Date(now - 30 * 24 * hourMs))).filter(
    ({ subject }) => subject === 'grower',
  )
  expect(use).toHaveLength(21)
  expect(use.at(-1)).toEqual({
    subject: 'grower',
    isAgent: true,
    isProcess: false,
    resource: 'cpuPercent',
    day: new Date(now).toISOString().slice(0, 10),
    hours: 2,
    busiest: 85,
    highest: 85,
    instances: 2,
    lastAt: new Date(now - 3 * hourMs),
  })
  const context = { db: store.db, config: configSchema.parse({}) }
  const capacity = (await readCapacity(context, now)).find(({ subject }) => subject === 'grower')
  expect(capacity).toMatchObject({ isAgent: true, instances: 2, days: 20, use: 85, limit: 90 })
  expect(capacity?.trendPerDay).toBeCloseTo(2)
  expect(capacity?.forecast?.reachedOn).not.toBeNull()
  const recommended = (await readAllocationRecommendations(context, now)).filter(({ subject }) => subject === 'grower')
  expect(recommended.map(({ kind }) => kind)).toContain('more-instances')
})

test('who followed a recommendation is not told to go on: former use counts as what there is now would bear it', async () => {
  const hourMs = 3_600_000
  const now = Math.floor(start / hourMs) * hourMs + 30 * 60_000
  const readings = Array.from({ length: 54 }, (_, index) => 53 - index).flatMap((hour) => {
    const isBefore = hour > 24
    const at = (minute: number) => new Date(now - 29 * 60_000 - hour * hourMs + minute * 60_000)
    const instance = (name: string, minutes: number[]) =>
      minutes.map((minute) => ({
        component: `scaled/${name}`,
        kind: 'instance' as const,
        agentId: 'scaled',
        at: at(minute),
        cpuPercent: isBefore ? 90 : 45,
      }))
    const host = {
      component: 'scaled-host',
      kind: 'host' as const,
      at: at(0),
      cpuPercent: isBefore ? 80 : 40,
      memoryPercent: isBefore ? 88 : 44,
    }
    // In the hour of the deployment, two instances replace two others.
    const whole = [0, 20]
    const instances = hour === 48 ? [[0], [0], [20], [20]] : isBefore ? [whole, whole] : [whole, whole, whole, whole]
    return [
      ...instances.flatMap((minutes, index) => instance(`${hour > 47 ? 'old' : 'new'}-${index}`, minutes)),
      { ...host, others: { cpuCores: isBefore ? 2 : 4, memoryLimitMb: isBefore ? 4_096 : 8_192 } },
    ]
  })
  await recordSystemMetrics(
    store.db,
    readings.map(({ kind: _, agentId: __, ...sample }: ComponentReading) => sample),
  )
  const newest = [...Map.groupBy(readings, ({ component }) => component).values()].map((each) => each.at(-1)!)
  await recordReadings(store.db, newest, 4 * hourMs, now)
  const use = await listDailyUsage(store.db, ['cpuPercent', 'memoryPercent'], new Date(now - 7 * 24 * hourMs))
  const busiest = use
    .filter(({ subject }) => subject.startsWith('scaled'))
    .map(({ resource, busiest }) => ({ resource, busiest }))
  expect(new Set(busiest.filter(({ resource }) => resource === 'cpuPercent').map(({ busiest }) => busiest))).toEqual(
    new Set([45, 40]),
  )
  expect(new Set(busiest.filter(({ resource }) => resource === 'memoryPercent').map(({ busiest }) => busiest))).toEqual(
    new Set([44]),
  )
  expect(use.filter(({ subject, resource }) => subject === 'scaled' && resource === 'cpuPercent')[0]).toMatchObject({
    highest: 90,
  })
})

test('at the start of an hour, and after a deployment with new names, the instances of now count', async () => {
  const hourMs = 3_600_000
  const hour = Math.floor(start / hourMs) * hourMs
  const names = (kind: string) => Array.from({ length: 8 }, (_, index) => `fleet/${kind}-${index}`)
  const readAt = (components: string[], at: number) =>
    recordReadings(
      store.db,
      components.map((component) => ({
        component,
        kind: 'instance' as const,
        agentId: 'fleet',
        at: new Date(at),
        cpuPercent: 30,
      })),
      15_000,
    )
  const used = async () => {
    const use = await listDailyUsage(store.db, ['cpuPercent'], new Date(hour - 24 * hourMs), 15_000)
    return use.filter(({ subject }) => subject === 'fleet').map(({ busiest, instances }) => ({ busiest, instances }))
  }
  for (const secondsBefore of [25, 10]) await readAt(names('old'), hour - secondsBefore * 1_000)
  await readAt(names('old').slice(0, 3), hour + 5_000)
  expect(new Set((await used()).map(({ instances }) => instances))).toEqual(new Set([8]))
  expect(Math.max(...(await used()).map(({ busiest }) => busiest))).toBe(30)
  for (const seconds of [300, 600]) await readAt(names('new'), hour + seconds * 1_000)
  expect(new Set((await used()).map(({ instances }) => instances))).toEqual(new Set([8]))
})

test('a component of another program has a bounded number of metrics a day, and keeps those it has', async () => {
  const at = Date.UTC(2026, 10, 20, 12)
  const report = (first: number, count: number, seconds: number, component = 'inventor') => {
    const others = Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${first + index}`, 1]))
    return recordReadings(store.db, [{ component, kind: 'other', at: new Date(at + seconds * 1_000), others }], 15_000)
  }
  for (let batch = 0; batch < 4; batch++) expect((await report(batch * 50, 50, batch)).recorded).toHaveLength(1)
  await expect(report(200, 1, 10)).rejects.toMatchObject({ code: 'too-many-metrics' })
  expect((await report(0, 50, 11)).recorded).toHaveLength(1)
  expect((await report(200, 50, 12, 'another')).recorded).toHaveLength(1)
  expect((await report(200, 50, 86_400)).recorded).toHaveLength(1)
})

test('parameters change together or not at all, and those not named stay', async () => {
  const context = { db: store.db, config: configSchema.parse({}) } as unknown as Parameters<typeof updateEngineSettings>[0]
  const change = (update: unknown) => updateEngineSettings(context, update, 'a test')
  expect(await change({ data_retention_days: 30 })).toEqual({
    monitoring_interval_seconds: 15,
    profiling_schedule: null,
    alert_thresholds: {},
    enable_auto_profiling: false,
    data_retention_days: 30,
  })
  const refused = [
    { monitoring_interval_seconds: 10, data_retention_days: 0 },
    { monitoring_interval_seconds: 0 },
    { monitoring_interval_seconds: '10' },
    { monitoring_intervall_seconds: 10 },
    { profiling_schedule: 'whenever' },
    { profiling_schedule: '0 0 30 2 *' },
    { alert_thresholds: { cpu_usage: { warning: 95, critical: 90 } } },
    {},
    null,
  ]
  for (const update of refused) await expect(change(update)).rejects.toMatchObject({ code: 'invalid-settings' })
  expect(await getEngineOverrides(store.db)).toEqual({ data_retention_days: 30 })
  await change({ monitoring_interval_seconds: 10, profiling_schedule: 'CRON_TZ=Europe/Berlin 0 */6 * * *' })
  expect(await getEngineOverrides(store.db)).toMatchObject({ monitoring_interval_seconds: 10, data_retention_days: 30 })
})

test('parameters that no message has set follow the configuration file, and so do those that were reset', async () => {
  const file = (days: number) =>
    configSchema.parse({ performance_engine_agent: { data_retention_days: days, enable_auto_profiling: true } })
  const settings = (days: number) => readEngineSettings({ db: store.db, config: file(days) })
  const update = { reset: ['data_retention_days', 'profiling_schedule'], monitoring_interval_seconds: 20 }
  const context = { db: store.db, config: file(40) } as unknown as Parameters<typeof updateEngineSettings>[0]
  expect(await updateEngineSettings(context, update, 'a test')).toEqual(await settings(40))
  expect(await settings(50)).toMatchObject({
    data_retention_days: 50,
    enable_auto_profiling: true,
    monitoring_interval_seconds: 20,
    profiling_schedule: null,
  })
  for (const update of [{ reset: [] }, { reset: ['interval'] }, { reset: ['data_retention_days'], data_retention_days: 5 }])
    await expect(updateEngineSettings(context, update, 'a test')).rejects.toMatchObject({ code: 'invalid-settings' })
})

test('attempts that send an alert at the same time queue it once', async () => {
  await raiseAlert(store.db, { cause: 'anomaly', component: 'twice', severity: 'critical', message: 'slow', subject: 'twice' })
  const outbox = createOutboxSink(store.db)
  const both: Sink = {
    name: outbox.name,
    send: async (notices, known) => void (await Promise.all([outbox.send(notices, known), outbox.send(notices, known)])),
  }
  await new AlertNotifier(
    () => [both],
    (_, error) => expect.fail(String(error)),
  ).tell(store.db)
  const sent = store.db.selectFrom('outbox').where('subject', '=', performanceSubjects.alert).select('content')
  const queued = (await sent.execute()).map(({ content }) => JSON.parse(content) as AlertNotice)
  expect(queued.filter(({ subject }) => subject === 'twice')).toMatchObject([{ state: 'critical' }])
})

test('an attempt that was delayed queues no older state of an alert after a newer one, and what is known stays known', async () => {
  const alert = { cause: 'anomaly', component: 'late', subject: 'late' } as const
  await raiseAlert(store.db, { ...alert, severity: 'high', message: 'slow' })
  const outbox = createOutboxSink(store.db)
  const fail = (_: string, error: unknown) => expect.fail(String(error))
  const newer = new AlertNotifier(() => [outbox], fail)
  let isFirst = true
  const late: Sink = {
    ...outbox,
    // It has read the alerts, and waits while another attempt, on another worker, sends two newer states.
    send: async (notices, known) => {
      if (isFirst) {
        await newer.tell(store.db)
        await raiseAlert(store.db, { ...alert, severity: 'critical', message: 'slower' })
        await newer.tell(store.db)
        await resolveAlert(store.db, alert)
        await newer.tell(store.db)
      }
      isFirst = false
      await outbox.send(notices, known)
    },
  }
  await new AlertNotifier(() => [late], fail).tell(store.db)
  await newer.tell(store.db)
  const sent = store.db.selectFrom('outbox').where('subject', '=', performanceSubjects.alert).orderBy('id').select('content')
  const listStates = async (of: string) =>
    (await sent.execute())
      .map(({ content }) => JSON.parse(content) as AlertNotice)
      .flatMap(({ subject, state }) => (subject === of ? [state] : []))
  expect(await listStates('late')).toEqual(['high', 'critical', 'resolved'])

  // One that ends between the reading and the sending of an attempt is still sent, and so is its end.
  const brief = { cause: 'anomaly', component: 'brief', subject: 'brief' } as const
  await raiseAlert(store.db, { ...brief, severity: 'high', message: 'slow' })
  const ending: Sink = {
    ...outbox,
    send: async (notices, known) => {
      await resolveAlert(store.db, brief)
      await outbox.send(notices, known)
    },
  }
  await new AlertNotifier(() => [ending], fail).tell(store.db)
  await newer.tell(store.db)
  expect(await listStates('brief')).toEqual(['high', 'resolved'])
})
