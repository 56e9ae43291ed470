import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { cycleReportResponseSchema } from '../../../src/messaging/orchestrator-protocol.ts'
import { sendRequest } from '../../../src/messaging/request.ts'
import { cycleReportSubject } from '../../../src/messaging/subjects.ts'
import { listAgentInstances } from '../../../src/store/agents.ts'
import { listNegotiations } from '../../../src/store/messages.ts'
import { patienceMs } from '../../support/eventually.ts'
import { slowdown } from '../../support/machine.ts'
import { measureWork } from '../../support/measure.ts'
import { assignTo, childrenOf, type Fleet, isRunning, type Optimizer, startOptimizer } from './fleet.ts'

const hunter = 'market-hunter'
const patience = { timeout: patienceMs, interval: 100 }
const samples = 110
const atOnce = 16

let optimizer: Optimizer
let fleet: Fleet

beforeAll(async () => {
  optimizer = await startOptimizer()
  fleet = await optimizer.startFleet()
})
afterAll(async () => {
  fleet.main.kill('SIGKILL')
  await optimizer.stop()
})

test('the fleet is three market hunters and five other kinds of agents', () => {
  const counts = Object.fromEntries(Object.entries(fleet.agents).map(([kind, urls]) => [kind, urls.length]))
  expect(counts).toEqual({
    [hunter]: 3,
    'market-analyzer': 2,
    'intelligent-execution-agent': 2,
    'narrative-architect': 1,
    'strategic-orchestrator': 1,
    'research-assistant': 2,
  })
})

test('one setting makes no difference, one makes the fleet much worse, and three good ones fix it', async ({ skip }) => {
  const [asIs, ruined, mended] = fleet.agents[hunter]!
  await assignTo(optimizer.db, hunter, `${hunter}-2`, { queryTimeoutMs: 100 })
  const good = { parallelQueries: 3, cacheTtlMs: 1_200, evidenceWeighting: 'reliability' }
  const goodVersion = await assignTo(optimizer.db, hunter, `${hunter}-3`, good)
  await vi.waitFor(async () => expect(await inForce(mended!)).toMatchObject({ version: goodVersion, values: good }), patience)

  const deadline = Date.now() + 60_000
  const measure = () => Promise.all([asIs, ruined, mended].map((url) => measureWork([url!], samples, atOnce)))
  let [before, [scenario, worse, better], after] = [await slowdown(), await measure(), await slowdown()]
  // The fleet's queries time out by the clock: on a machine this busy, they show the machine rather than the settings.
  while (Math.max(before, after) > 3 && Date.now() < deadline)
    [before, [scenario, worse, better], after] = [after, await measure(), await slowdown()]
  skip(Math.max(before, after) > 3, 'the machine is too busy to measure the scenario')
  expect(scenario!.p50).toBeGreaterThan(2_400)
  // About 2.8 s; what else keeps the machine busy adds to it.
  expect(scenario!.p50).toBeLessThan(5_000 * (await slowdown()))
  // The market turns every minute or so: within one of these windows the rate strays far from its mean of 0.62.
  expect(scenario!.successRate).toBeGreaterThan(0.4)
  expect(scenario!.successRate).toBeLessThan(0.85)
  expect(worse!.successRate).toBeLessThan(scenario!.successRate - 0.15)
  expect(better!.p50).toBeLessThan(0.6 * scenario!.p50)
  expect(better!.successRate).toBeGreaterThan(scenario!.successRate)

  const window = { agentId: hunter, instanceIds: [`${hunter}-1`], from: new Date(0) }
  const sent = await listNegotiations(optimizer.db, window)
  const coordination = sent.filter(({ agreed }) => agreed).length / sent.length
  expect(coordination).toBeGreaterThan(0.35)
  expect(coordination).toBeLessThan(0.73)
})

test('every agent that negotiates reports executions, decisions, messages, its state and self-reports', async () => {
  for (const agentId of Object.keys(fleet.agents).filter((id) => id !== 'research-assistant')) {
    await vi.waitFor(async () => {
      const counts = await Promise.all([
        optimizer.db.selectFrom('agentExecutions').where('agentName', '=', agentId).select('success').limit(1).execute(),
        optimizer.db.selectFrom('agentDecisions').where('agent', '=', agentId).select('reasoning').limit(1).execute(),
        optimizer.db.selectFrom('agentMessages').where('fromAgent', '=', agentId).select('agreed').limit(1).execute(),
        optimizer.db.selectFrom('agentState').where('agentId', '=', agentId).select('autonomy').limit(1).execute(),
        optimizer.db.selectFrom('agentSelfReports').where('agentId', '=', agentId).select('successRate').limit(1).execute(),
      ])
      expect(
        counts.map((rows) => rows.length),
        agentId,
      ).toEqual([1, 1, 1, 1, 1])
    }, patience)
  }
})

test('the research assistant reports tokens, cost and quality, and a cheaper model costs less', async () => {
  const agentId = 'research-assistant'
  const changed = await assignTo(optimizer.db, agentId, `${agentId}-2`, { model: 'medium', context_chunks: 12 })
  const [asIs, cheaper] = await vi.waitFor(async () => {
    const under = await Promise.all([1, changed].map((version) => averageMetrics(agentId, version)))
    expect(Math.min(...under.map(({ count }) => count))).toBeGreaterThan(10)
    return under as [Averages, Averages]
  }, patience)
  expect(asIs.costUsd).toBeGreaterThan(0.01)
  expect(asIs.inputTokens).toBeGreaterThan(2_000)
  expect(asIs.qualityScore).toBeGreaterThan(0.7)
  expect(cheaper.costUsd).toBeLessThan(0.25 * asIs.costUsd)
  expect(cheaper.qualityScore).toBeGreaterThan(0.6)
})

test('paper trades, the account and the market are recorded', async () => {
  await vi.waitFor(async () => {
    const trades = await optimizer.db.selectFrom('trades').selectAll().execute()
    const history = await optimizer.db.selectFrom('portfolioHistory').selectAll().execute()
    const market = await optimizer.db.selectFrom('marketData').selectAll().execute()
    expect([trades.length, history.length, market.length].every((count) => count > 0)).toBe(true)
    expect(history.at(-1)?.totalValueUsd).toBeGreaterThan(5_000)
    expect(trades[0]).toMatchObject({
      executedBy: 'intelligent-execution-agent',
      agentDecisionReason: expect.stringMatching(/moved by/),
    })
    expect(market[0]).toMatchObject({ volume24h: expect.any(Number), priceChange24h: null })
  }, patience)
})

test('the strategic orchestrator raises the autonomy of an agent with a proven improvement, and the agent is told', async () => {
  const result = { agentId: hunter, type: 'agent_response_time', verdict: 'keep', success: true, actualImprovement: 40 }
  const report = { cycleId: 'cycle-1', results: [result], recommendations: [] }
  const answer = await sendRequest(optimizer.nats, cycleReportSubject, report, cycleReportResponseSchema, 5_000)
  expect(answer.autonomy[hunter]).toBeCloseTo(0.9)
  expect(answer.optimizerReputation).toBeCloseTo(0.75)
  await vi.waitFor(async () => {
    const states = optimizer.db.selectFrom('agentState').where('agentId', '=', hunter).orderBy('timestamp', 'desc')
    expect((await states.select('autonomy').executeTakeFirst())?.autonomy).toBeCloseTo(0.9)
  }, patience)
})

test('an agent that is killed restarts at the same address with its configuration', async () => {
  const [instance] = await listAgentInstances(optimizer.db, hunter)
  const before = await inForce(instance!.url!)
  process.kill(instance!.processId!, 'SIGKILL')
  await vi.waitFor(async () => {
    const [restarted] = await listAgentInstances(optimizer.db, hunter)
    expect(restarted!.processId).not.toBe(instance!.processId)
    expect(await inForce(instance!.url!)).toEqual(before)
  }, patience)
})

test('a fleet that is told to stop ends within two seconds', async () => {
  const running = childrenOf(fleet.main)
  expect(running).toHaveLength(14)
  fleet.main.kill('SIGTERM')
  await vi.waitFor(() => expect(running.some(isRunning)).toBe(false), { timeout: 2_000 * (await slowdown()), interval: 20 })
})

test('nothing outlives the process that started it', async () => {
  fleet = await optimizer.startFleet()
  const running = childrenOf(fleet.main)
  fleet.main.kill('SIGKILL')
  await vi.waitFor(() => expect(running.some(isRunning)).toBe(false), patienceMs)
})

async function inForce(url: string): Promise<unknown> {
  return (await fetch(`${url}/configuration`)).json()
}

type Averages = Record<'count' | 'costUsd' | 'inputTokens' | 'qualityScore', number>

/** The averages of what executions under a version of the configuration reported. */
async function averageMetrics(agentId: string, version: number): Promise<Averages> {
  const { rows } = await sql<Averages>`
    select count(*)::int as count, avg((metrics->>'costUsd')::float) as "costUsd", avg((metrics->>'inputTokens')::float) as "inputTokens",
      avg((metrics->>'qualityScore')::float) as "qualityScore"
    from agent_executions where agent_name = ${agentId} and configuration_version = ${version} and success`.execute(optimizer.db)
  return rows[0]!
}
