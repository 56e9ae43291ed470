import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { alertOnMetrics } from '../../../src/activities/alert-on-metrics.ts'
import { metricDeclarationsSchema } from '../../../src/model/configured-metrics.ts'
import { isRatioMetric, metricDeclarationSchema } from '../../../src/model/metric.ts'
import { findObjectiveProblem, objectiveSchema } from '../../../src/model/objective.ts'
import { defaultThresholds } from '../../../src/model/thresholds.ts'
import { readMetrics } from '../../../src/reading/metrics.ts'
import { collectSnapshot } from '../../../src/sources/collect.ts'
import { registerInstance } from '../../../src/store/agents.ts'
import { insertConfiguration } from '../../../src/store/configurations.ts'
import { listNewestExecutionsByAgent } from '../../../src/store/executions.ts'
import { forgetAgent } from '../../../src/store/forgetting.ts'
import { loadCatalogue } from '../../../src/store/metrics.ts'
import { getScoreDelayMs, readRecentExecutions } from '../../../src/store/recent-executions.ts'
import { ingestReports } from '../../../src/store/reports.ts'
import { insertStrategies } from '../../../src/store/strategies.ts'
import { insertTrial, updateTrial } from '../../../src/store/trials.ts'
import { announcement, batch, createTestStore, execution, intKnob, strategyFor, type TestStore } from '../../support/store.ts'

let store: TestStore
let agentId: string
beforeAll(async () => {
  store = await createTestStore()
})
afterAll(() => store.drop())
beforeEach(() => {
  agentId = `agent-${randomUUID().slice(0, 8)}`
})

const metric = (name: string, known: object = {}) =>
  metricDeclarationSchema.parse({ name, direction: 'lower', kind: 'continuous', unit: 'USD', ...known })
const announce = (metrics: object[], { id = agentId, now = Date.now(), instance = '1' } = {}) =>
  registerInstance(store.db, announcement(id, instance, { metrics: metrics as never }), now)
const metricsOf = async (id: string) =>
  (await store.db.selectFrom('agentExecutions').where('id', '=', id).select('metrics').executeTakeFirst())?.metrics

describe('declared metrics', () => {
  test('join the catalogue', async () => {
    const name = `spend${randomUUID().slice(0, 4)}`
    await announce([metric(name)])
    expect((await loadCatalogue(store.db, [])).get(name)).toMatchObject({ unit: 'USD', grain: 'execution', source: 'declared' })
  })

  test('that contradict a built-in one are refused', async () => {
    await expect(announce([metric('costUsd', { unit: 'EUR' })])).rejects.toMatchObject({ code: 'contradictory-metric' })
    await expect(announce([metric('costUsd')])).resolves.toMatchObject({ version: 1 })
  })

  test("that a later configuration contradicts are nobody's goal until they agree, and an alert names both", async () => {
    const name = `spend${randomUUID().slice(0, 4)}`
    await announce([metric(name)])
    const objective = objectiveSchema.parse({ maximize: name })
    const found = async (configured: object) => {
      const catalogue = await loadCatalogue(store.db, [metric(name, configured)])
      await alertOnMetrics(store.db, catalogue)
      const open = await store.db.selectFrom('alerts').where('cause', '=', 'contradictory-metric').where('resolvedAt', 'is', null)
      const alerts = await open.select('message').execute()
      return { problem: findObjectiveProblem(objective, catalogue), alerts: alerts.map(({ message }) => message) }
    }
    const { problem, alerts } = await found({ direction: 'higher' })
    expect(problem).toContain(`${agentId} declare ${name} differently: direction higher versus direction lower`)
    expect(alerts).toEqual([expect.stringContaining(problem!)])
    expect(await found({})).toEqual({ problem: expect.stringContaining('cannot be maximized'), alerts: [] })
  })

  test('that contradict another agent are refused, however long it is silent, until it is forgotten', async () => {
    const name = `spend${randomUUID().slice(0, 4)}`
    const now = Date.now()
    await announce([metric(name)], { now })
    const other = { id: `${agentId}-other`, now }
    await expect(announce([metric(name, { unit: 'EUR' })], other)).rejects.toMatchObject({
      code: 'contradictory-metric',
      message: expect.stringContaining('unit EUR versus unit USD'),
    })
    const later = { ...other, now: now + 3_600_000 }
    await expect(announce([metric(name, { unit: 'EUR' })], later)).rejects.toMatchObject({ code: 'contradictory-metric' })
    await store.db
      .updateTable('agentInstances')
      .set({ heartbeatAt: new Date(0) })
      .where('agentId', '=', agentId)
      .execute()
    await forgetAgent(store.db, { agentId, by: 'ada' })
    await announce([metric(name, { unit: 'EUR' })], later)
    expect((await loadCatalogue(store.db, [])).get(name)).toMatchObject({ unit: 'EUR' })
  })

  test('are all that knobs may affect, beside the built-in ones', async () => {
    const name = `spend${randomUUID().slice(0, 4)}`
    const knobs = [intKnob('a', { affects: [{ metric: name, improves: 'decrease' }] })]
    const other = (metrics: object[] = []) =>
      registerInstance(store.db, announcement(`${agentId}-other`, '1', { knobs, metrics: metrics as never }))
    await expect(other()).rejects.toMatchObject({
      code: 'undeclared-metric',
      message: expect.stringContaining(`The knob a affects ${name}, but there is no such metric`),
    })
    await expect(other([metric(name)])).resolves.toMatchObject({ version: 1 })
    await expect(other()).resolves.toMatchObject({ version: 1 })
  })

  test('that contradict values on record are refused, also to the agent that reported them', async () => {
    const name = `spend${randomUUID().slice(0, 4)}`
    await announce([metric(name)])
    await ingestReports(store.db, batch(agentId, '1', { executions: [execution({ metrics: { [name]: 1 } })] }), Date.now())
    await expect(announce([metric(name, { unit: 'cent' })])).rejects.toMatchObject({
      code: 'contradictory-metric',
      message: expect.stringContaining('has reported values for it'),
    })
    await expect(announce([metric(name, { description: 'the same' })])).resolves.toMatchObject({ version: 1 })
  })

  test('that differ among the instances of one agent are refused, and a restart may change them', async () => {
    const name = `spend${randomUUID().slice(0, 4)}`
    await announce([metric(name)])
    await expect(announce([metric(name, { kind: 'count' })], { instance: '2' })).rejects.toMatchObject({
      code: 'contradictory-metric',
    })
    await announce([metric(name, { kind: 'count' })])
    expect((await loadCatalogue(store.db, [])).get(name)).toMatchObject({ kind: 'count' })
  })
})

test('a metric that is declared twice alike counts once', async () => {
  const name = `spend${randomUUID().slice(0, 4)}`
  await announce([metric(name), metric(name)])
  expect((await loadCatalogue(store.db, [])).get(name)).toMatchObject({ unit: 'USD' })
})

describe('metrics of executions', () => {
  test('are stored with them; one that nobody declared is refused by name', async () => {
    await announce([metric('retriesMs', { unit: 'ms' })])
    const [good, bad] = [execution({ metrics: { costUsd: 0.0031, retriesMs: 4 } }), execution({ metrics: { quality: 0.9 } })]
    const answer = await ingestReports(store.db, batch(agentId, '1', { executions: [good, bad] }), Date.now())
    expect(answer).toEqual({
      accepted: 1,
      rejected: [{ list: 'executions', index: 1, reason: expect.stringContaining('there is no metric quality') }],
    })
    expect(await metricsOf(good.id)).toEqual({ costUsd: 0.0031, retriesMs: 4 })
  })

  test('that an agent wrote into the table itself are left out where they are no values of their metric', async () => {
    await announce([])
    const answered = execution()
    await ingestReports(store.db, batch(agentId, '1', { executions: [answered] }), Date.now())
    const written = async (metrics: unknown) => {
      const row = { metrics: JSON.stringify(metrics) }
      await store.db.updateTable('agentExecutions').set(row).where('id', '=', answered.id).execute()
      return (await listNewestExecutionsByAgent(store.db, [agentId]))[0]!.metrics
    }
    expect(await written({ costUsd: 'cheap', qualityScore: 80, outputTokens: 12, ownUnit: 3 })).toEqual({
      outputTokens: 12,
      ownUnit: 3,
    })
    for (const unusable of ['text', [], null, { costUsd: -1 }]) expect(await written(unusable)).toBeNull()
  })

  test('that the configuration declares are accepted', async () => {
    await announce([])
    const executions = [execution({ metrics: { carbonGrams: 2 } })]
    const configured = [metric('carbonGrams', { unit: 'g' })]
    expect(await ingestReports(store.db, batch(agentId, '1', { executions }), Date.now(), configured)).toMatchObject({
      accepted: 1,
    })
  })
})

describe('scores', () => {
  const score = (executionId: string, metrics: object, at = Date.now()) => ({ executionId, at, metrics })
  const report = (known: object, now = Date.now()) => ingestReports(store.db, batch(agentId, '1', { sentAt: now, ...known }), now)

  test('are added to their execution, even in the same batch, and several to one', async () => {
    await announce([])
    const answered = execution({ metrics: { costUsd: 1 } })
    const scores = [score(answered.id, { qualityScore: 0.9 }), score(answered.id, { outputTokens: 12 })]
    expect(await report({ executions: [answered], scores })).toEqual({ accepted: 3, rejected: [] })
    expect(await metricsOf(answered.id)).toEqual({ costUsd: 1, qualityScore: 0.9, outputTokens: 12 })
  })

  test('that are sent again change nothing, and ones that contradict are refused', async () => {
    await announce([])
    const answered = execution()
    await report({ executions: [answered], scores: [score(answered.id, { qualityScore: 0.9 })] })
    const again = await report({ scores: [score(answered.id, { qualityScore: 0.9 }), score(answered.id, { qualityScore: 0.2 })] })
    expect(again).toEqual({
      accepted: 1,
      rejected: [{ list: 'scores', index: 1, reason: 'metrics.qualityScore: the execution already has 0.9, not 0.2' }],
    })
    expect(await metricsOf(answered.id)).toEqual({ qualityScore: 0.9 })
  })

  test('of unknown executions, of others’ executions and of old ones are refused', async () => {
    await announce([])
    await announce([], { id: `${agentId}-other` })
    const now = Date.now()
    const [others, old] = [execution(), execution({ at: now - 8 * 86_400_000 })]
    await ingestReports(store.db, batch(`${agentId}-other`, '1', { executions: [others] }), now)
    await report({ executions: [old] }, now)
    const scores = [randomUUID(), others.id, old.id].map((id) => score(id, { qualityScore: 1 }, now))
    const answer = await report({ scores }, now)
    expect(answer.accepted).toBe(0)
    expect(answer.rejected.map(({ reason }) => reason)).toEqual(Array(3).fill(expect.stringContaining('no such execution')))
  })

  test('out of range or without a name are refused', async () => {
    await announce([])
    const answered = execution()
    const scores = [score(answered.id, { qualityScore: 80 }), score(answered.id, {}), score(answered.id, { nice: 1 })]
    const { rejected } = await report({ executions: [answered], scores })
    expect(rejected.map(({ index }) => index)).toEqual([0, 1, 2])
  })
})

test('the cost per success of an agent is a ratio of sums over the executions that report a cost', async () => {
  const [ratioMetric] = metricDeclarationsSchema.parse([
    { name: 'perSuccess', kind: 'continuous', direction: 'lower', ratio: { of: 'costUsd', per: 'successRate' } },
  ])
  const now = Date.now()
  await announce([])
  const executions = Array.from({ length: 40 }, (_, index) =>
    execution({
      at: now - index * 1_000,
      success: index % 4 === 0,
      ...(index % 2 === 0 && { metrics: { costUsd: 1 + index } }),
    }),
  )
  await ingestReports(store.db, batch(agentId, '1', { sentAt: now, executions }), now)
  const request = { db: store.db, now, agentIds: [agentId], goal: { start: 1, target: 2 } }
  const { agents } = await collectSnapshot({ ...request, ratios: [ratioMetric!].filter(isRatioMetric) })
  expect(agents[0]!.metrics.perSuccess).toBeCloseTo((20 + 380) / 10, 9)
  expect(agents[0]!.plausible!.perSuccess!.low).toBeLessThan(40)
})

test('executions under values that are tried, or were restored, say nothing about those in force', async () => {
  await announce([])
  const now = Date.now()
  const id = `trial-${agentId}`
  const write = (of: object) => insertConfiguration(store.db, { agentId, values: {}, origin: 'trial', reason: '', ...of })
  await write({ values: { size: 2 }, trialId: id })
  // After a freeze window the trial goes on with new versions, of the previous values and of its own.
  await write({ trialId: id })
  await write({ values: { size: 2 }, trialId: id })
  // A person may choose the same values.
  await write({ values: { size: 2 }, origin: 'operator' })
  const ofVersion = { 1: 0.8, 2: 0.6, 3: 0.8, 4: 0.6, 5: 0.7 }
  const executions = Array.from({ length: 150 }, (_, index) => {
    const version = ((index % 5) + 1) as keyof typeof ofVersion
    const isTried = version === 2 || version === 4
    return execution({
      at: now - 1_000 * index,
      version,
      durationMs: isTried ? 8_000 : 100,
      success: !isTried,
      metrics: { qualityScore: ofVersion[version] },
    })
  })
  await ingestReports(store.db, batch(agentId, '1', { sentAt: now, executions }), now)
  const read = async () => {
    const { executions, recent } = await readRecentExecutions(store.db, [agentId])
    const [{ reported, durationsMs }] = recent as [(typeof recent)[number]]
    return { series: executions[0]!, qualities: reported.qualityScore!, durationsMs }
  }
  const before = await read()
  expect(before.qualities).toContain(0.6)
  expect(before.series).toMatchObject({ count: 50, success: expect.arrayContaining([false]) })

  await insertStrategies(store.db, null, [strategyFor(agentId, id)])
  const arms = { candidateInstances: ['1'], controlInstances: [] }
  const versions = { baselineVersion: 1, candidateVersion: 4 }
  await insertTrial(store.db, { id, agentId, workflowId: id, design: 'before-after', ...versions, ...arms })
  const { series, qualities, durationsMs } = await read()
  expect(new Set(qualities)).toEqual(new Set([0.8, 0.7]))
  expect(series).toMatchObject({ success: Array(50).fill(true), durationMs: Array(50).fill(100) })
  expect(durationsMs).toEqual(Array(90).fill(100))
  // Whether the agent works at all is seen from all of them.
  const { count, completed, newestAt, oldestAt } = before.series
  expect(series).toMatchObject({ count, completed, newestAt, oldestAt })

  await updateTrial(store.db, id, { state: 'kept' })
  expect(await read()).toEqual(before)
})

describe('scores that come 30 seconds after their execution', () => {
  /** A busy agent: 3.5 executions a second for two minutes, one in `every` of them scored 30 seconds later. */
  async function work(every: number, now = Date.now()) {
    await announce([])
    const executions = Array.from({ length: 420 }, (_, index) =>
      execution({ at: now - (420 - index) * 286, durationMs: index, metrics: { costUsd: 1 } }),
    )
    await ingestReports(store.db, batch(agentId, '1', { sentAt: now, executions }), now)
    const scored = executions.filter(({ at }, index) => index % every === 0 && at < now - 30_000)
    for (const { id, at } of scored) {
      const scores = [{ executionId: id, at: at + 30_000, metrics: { qualityScore: 0.8, outputTokens: 10 } }]
      await ingestReports(store.db, batch(agentId, '1', { sentAt: at + 30_000, scores }), at + 30_000)
    }
  }
  const configured = metricDeclarationsSchema.parse([
    { name: 'costPerToken', kind: 'continuous', direction: 'lower', ratio: { of: 'costUsd', per: 'outputTokens' } },
  ])
  const ratios = configured.filter(isRatioMetric)
  const reported = async () => (await readRecentExecutions(store.db, [agentId], ratios)).recent[0]!

  test.each([3, 10])('are known of a busy agent that has one answer in %i scored', async (every) => {
    await work(every)
    expect((await listNewestExecutionsByAgent(store.db, [agentId])).every(({ metrics }) => !metrics?.qualityScore)).toBe(true)
    const { reported: values, ratios: parts, durationsMs } = await reported()
    expect(parts!.costPerToken).toHaveLength(values.outputTokens!.length)
    expect(values.qualityScore?.length).toBeGreaterThan(20)
    expect(values.costUsd).toHaveLength(50)
    expect(durationsMs).toHaveLength(300)
    expect(await getScoreDelayMs(store.db, agentId)).toBeCloseTo(30_000, -2)

    const { agents } = await collectSnapshot({
      db: store.db,
      now: Date.now(),
      agentIds: [agentId],
      goal: { start: 1, target: 2 },
    })
    expect(agents[0]).toMatchObject({ decisionCount: 50, metrics: { qualityScore: expect.closeTo(0.8, 9), costUsd: 1 } })
    const [known] = await readMetrics(
      { db: store.db, config: { metrics: configured, thresholds: defaultThresholds } } as never,
      agentId,
    )
    expect(known!.metrics.find(({ metric }) => metric === 'costPerToken')).toMatchObject({ value: expect.closeTo(0.1, 9) })
    expect(known!.metrics.find(({ metric }) => metric === 'qualityScore')).toMatchObject({ value: expect.closeTo(0.8, 9) })
  })

  test('are forgotten an hour after they came, unless their executions are still among the newest', async () => {
    const now = Date.now()
    await work(3, now - 3_700_000)
    expect((await reported()).reported).toEqual({ costUsd: Array(50).fill(1) })
    expect(await getScoreDelayMs(store.db, agentId)).toBe(0)
  })
})
