import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { Cache } from '../../../examples/fleet/runtime/cache.ts'
import { runInOrder } from '../../../examples/fleet/runtime/pool.ts'
import { RateLimit } from '../../../examples/fleet/simulator/rate-limit.ts'
import { SessionLimit } from '../../../examples/fleet/simulator/session-limit.ts'
import { CommandRules, type InForce } from '../../../examples/fleet/strategic-orchestrator/commands.ts'
import { bestDivision } from '../../../examples/fleet/strategic-orchestrator/plan.ts'
import { Standings } from '../../../examples/fleet/strategic-orchestrator/standings.ts'
import { readStandings, writeStandings } from '../../../examples/fleet/strategic-orchestrator/standings-file.ts'
import type { CycleReport } from '../../../src/messaging/orchestrator-protocol.ts'

beforeEach(() => {
  vi.useFakeTimers()
  return () => vi.useRealTimers()
})

test('a pool runs no more tasks at once than its size', async () => {
  let [running, most] = [0, 0]
  const task = async () => {
    most = Math.max(most, ++running)
    await Promise.resolve()
    running--
  }
  await runInOrder([1, 2, 3, 4, 5], 2, task)
  expect(most).toBe(2)
})

test('a pool starts no more tasks once a result is sufficient, and aborts the running ones', async () => {
  vi.useRealTimers()
  const aborted: number[] = []
  const started: number[] = []
  await runInOrder(
    [1, 2, 3, 4],
    2,
    async (item, signal) => {
      started.push(item)
      if (item === 1) return item
      return delay(60_000, item, { signal }).finally(() => signal.aborted && aborted.push(item))
    },
    () => true,
  )
  expect(started).toEqual([1, 2])
  expect(aborted).toEqual([2])
})

test('a pool ignores a task that fails', async () => {
  const results: number[] = []
  await runInOrder([1, 2, 3], 1, async (item) => {
    if (item === 2) throw new Error('no answer')
    results.push(item)
  })
  expect(results).toEqual([1, 3])
})

test('a cache answers until the current time to live has passed', async () => {
  const cache = new Cache<number>()
  let loads = 0
  const get = (ttlMs: number) => cache.get('key', ttlMs, async () => ++loads)
  await get(1_000)
  vi.advanceTimersByTime(500)
  expect(await get(1_000)).toBe(1)
  expect(await get(400)).toBe(2)
  expect(cache.hitRate).toBeCloseTo(1 / 3)
})

test('a client gets its burst, then its rate, and does not affect others', () => {
  const limit = new RateLimit(10, 2)
  expect([limit.allows('a'), limit.allows('a'), limit.allows('a'), limit.allows('b')]).toEqual([true, true, false, true])
  vi.advanceTimersByTime(100)
  expect([limit.allows('a'), limit.allows('a')]).toEqual([true, false])
})

test('a session with too many concurrent requests is blocked for a time, including its running ones', () => {
  const limit = new SessionLimit(2, 1_000)
  expect([limit.enter('s'), limit.enter('s')]).toEqual([true, true])
  expect(limit.isLockedOut('s')).toBe(false)
  expect(limit.enter('s')).toBe(false)
  expect(limit.isLockedOut('s')).toBe(true)
  for (let i = 0; i < 3; i++) limit.leave('s')
  vi.advanceTimersByTime(1_000)
  expect(limit.enter('s')).toBe(true)
})

test('the budget goes to those with the best return, and is used up', () => {
  const shares = bestDivision([1, 1, 3], 60)
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1)
  expect(shares[2]).toBeGreaterThan(shares[0]!)
  expect(shares[0]).toBeCloseTo(shares[1]!, 1)
})

const kept = {
  agentId: 'market-hunter',
  type: 'agent_response_time',
  verdict: 'keep',
  success: true,
  actualImprovement: 30,
} as const
const rolledBack = { ...kept, verdict: 'roll-back', success: false, actualImprovement: -8 } as const
const report = (...results: CycleReport['results']) => ({ cycleId: 'c', results: [...results], recommendations: [] })

test('proven improvements raise autonomy step by step up to 0.95', () => {
  const standings = new Standings(['market-hunter', 'market-analyzer'])
  const levels = [1, 2, 3].map(() => standings.judge(report(kept, rolledBack)).autonomy['market-hunter'])
  expect(levels).toEqual([0.9, 0.95, 0.95])
  expect(standings.agents.get('market-analyzer')?.autonomy).toBe(0.85)
})

test('a kept change that did harm after all takes back the autonomy that it gained', () => {
  const standings = new Standings(['market-hunter'])
  expect(standings.judge(report(kept)).autonomy).toEqual({ 'market-hunter': 0.9 })
  const undone = { at: '2030-01-01T00:00:00Z', reason: 'slower since', harmful: true }
  expect(standings.judge(report({ ...kept, undone }))).toEqual({ autonomy: { 'market-hunter': 0.85 }, optimizerReputation: 0.7 })
})

test('a result that is sent again, also after a restart, counts once, and that it was undone counts too', () => {
  const standings = new Standings(['market-hunter'])
  const result = { ...kept, strategyId: 'opt_1_a' }
  const undone = { ...result, undone: { at: '2030-01-01T00:00:00Z', reason: 'slower since', harmful: true } }
  expect(standings.takeNew([result])).toEqual([result])
  expect(standings.takeNew([result, kept])).toEqual([kept])
  const restarted = new Standings(['market-hunter'], JSON.parse(JSON.stringify(standings.known)))
  expect(restarted.takeNew([result])).toEqual([])
  expect(restarted.takeNew([undone])).toEqual([undone])
  expect(restarted.takeNew([undone])).toEqual([])
})

test('an agent whose autonomy is to be reduced loses it, and standings outlast a restart', () => {
  const standings = new Standings(['market-hunter'])
  const allocations = [{ kind: 'reduce-autonomy' as const, subject: 'market-hunter', text: '', evidence: [] }]
  expect(standings.judge({ ...report(), allocations }).autonomy).toEqual({ 'market-hunter': 0.8 })
  const file = join(mkdtempSync(join(tmpdir(), 'standings-')), 'fleet', 'standings.json')
  writeStandings(file, standings.known)
  expect(new Standings(['market-hunter', 'new'], readStandings(file)).known).toEqual({
    agents: { 'market-hunter': { reputation: 0.65, autonomy: 0.8 }, new: { reputation: 0.7, autonomy: 0.85 } },
    optimizerReputation: 0.7,
    counted: [],
  })
  writeFileSync(file, '{"agents":')
  expect(readStandings(file)).toBeUndefined()
})

describe('the orchestrator commands', () => {
  const critical = (agentId: string) => ({
    type: 'agent_success_rate',
    severity: 'critical' as const,
    affectedComponent: agentId,
    description: '',
    impact: 25,
    suggestedFix: '',
  })
  const decide = (rules: CommandRules, known: Partial<CycleReport> = {}) => {
    const order = rules.decide({ ...report(), ...known })
    if (order) rules.confirm(order)
    return order?.command
  }

  test('a focus on an agent that stays critical, and the whole fleet again once it no longer is', () => {
    const rules = new CommandRules()
    const bottlenecks = [critical('market-hunter'), critical('system')]
    expect(decide(rules, { bottlenecks })).toBeUndefined()
    expect(decide(rules, { bottlenecks })).toEqual({ type: 'focusOnAgent', agentId: 'market-hunter' })
    expect(decide(rules, { bottlenecks })).toBeUndefined()
    expect(decide(rules)).toEqual({ type: 'optimizeSystemPerformance' })
    expect(decide(rules)).toBeUndefined()
  })

  test('saving once when resources are scarce', () => {
    const rules = new CommandRules()
    const allocations = [{ kind: 'more-memory' as const, subject: 'host-1', text: 'Give host-1 more memory.', evidence: [] }]
    expect(decide(rules, { allocations })).toEqual({ type: 'reduceResourceConsumption' })
    expect(decide(rules, { allocations })).toBeUndefined()
    expect(decide(rules)).toEqual({ type: 'optimizeSystemPerformance' })
    expect(decide(rules)).toBeUndefined()
  })

  test('again what the optimizer did not take, which is not in force', () => {
    const rules = new CommandRules()
    const scarce = {
      ...report(),
      allocations: [{ kind: 'more-memory' as const, subject: 'host-1', text: 'Give host-1 more memory.', evidence: [] }],
    }
    expect(rules.decide(scarce)?.command.type).toBe('reduceResourceConsumption')
    expect(rules.inForce).toEqual({ isSaving: false })
    expect(decide(rules, scarce)).toEqual({ type: 'reduceResourceConsumption' })
    expect(rules.inForce).toEqual({ isSaving: true })
  })

  test('a restart in between does not leave a focus or saving in force', () => {
    const restarted = (known: InForce) => new CommandRules(JSON.parse(JSON.stringify(known)))
    expect(decide(restarted({ focus: 'market-hunter', isSaving: false }))).toEqual({ type: 'optimizeSystemPerformance' })
    expect(decide(restarted({ isSaving: true }))).toEqual({ type: 'optimizeSystemPerformance' })
  })

  test('more boldness after three successful cycles, while there is something left to improve', () => {
    const rules = new CommandRules()
    const { results } = report(kept)
    const bottlenecks = [{ ...critical('market-hunter'), severity: 'high' as const }]
    const commands = [1, 2, 3, 4].map(() => decide(rules, { results, bottlenecks }))
    expect(commands).toEqual([undefined, undefined, { type: 'increaseAggressiveness' }, undefined])
    expect([1, 2, 3].map(() => decide(rules, { results }))).toEqual([undefined, undefined, undefined])
  })
})

test('roll-backs alone lower autonomy and the reputation of the optimizer mildly', () => {
  const answer = new Standings(['market-hunter']).judge(report(rolledBack))
  expect(answer).toEqual({ autonomy: { 'market-hunter': 0.84 }, optimizerReputation: 0.69 })
})
