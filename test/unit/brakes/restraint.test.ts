import { describe, expect, test } from 'vitest'
import { type KnownRestraints, restraint } from '../../../src/analysis/brakes/index.ts'
import { detectBottlenecks } from '../../../src/analysis/detection/index.ts'
import { generateStrategies } from '../../../src/analysis/strategies/index.ts'
import { limitsSchema, noLimits } from '../../../src/model/limits.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import { defaultThresholds } from '../../../src/model/thresholds.ts'
import { agentProfile, knobsFor, now, scenario, snapshot, trialRecord } from '../../support/profiles.ts'

const hourMs = 3_600_000

function plan(known: Partial<KnownRestraints>, seen = scenario(), experience: ReturnType<typeof trialRecord>[] = []) {
  return generateStrategies({
    bottlenecks: detectBottlenecks(seen, defaultThresholds),
    snapshot: seen,
    thresholds: defaultThresholds,
    knobs: knobsFor(seen),
    experience,
    policy: defaultPolicy,
    now,
    random: () => 0.5,
    restraint: restraint({ limits: noLimits, changesLastHour: {}, proven: {}, now, ...known }),
  })
}
const actions = (planned: ReturnType<typeof plan>) =>
  planned.strategies.flatMap(({ actions }) => actions.map(({ agentId, knob, to }) => [agentId, knob, to]))
const limits = (input: object) => limitsSchema.parse(input)

describe('the planner', () => {
  test('proposes nothing on a knob that is not to be touched', () => {
    const free = actions(plan({}))
    expect(free).toContainEqual(['market-hunter', 'cacheTtlMs', 150_000])
    const limited = actions(plan({ limits: limits({ neverTouch: [{ kind: 'market-hunter', knob: 'cacheTtlMs' }] }) }))
    expect(limited.length).toBeGreaterThan(0)
    expect(limited.filter(([agent, knob]) => agent === 'market-hunter' && knob === 'cacheTtlMs')).toEqual([])
  })

  test('shortens steps to what the limits allow', () => {
    const limited = actions(plan({ limits: limits({ maxSteps: [{ knob: 'cacheTtlMs', share: 0.05 }] }) }))
    expect(limited).toContainEqual(['market-hunter', 'cacheTtlMs', 30_000])
  })

  test('does not propose a shortened step again that was rolled back', () => {
    const changes = [{ knob: 'cacheTtlMs', from: 0, to: 30_000 }]
    const rolledBack = [trialRecord({ changes, verdict: 'roll-back' })]
    const limited = plan({ limits: limits({ maxSteps: [{ knob: 'cacheTtlMs', share: 0.05 }] }) }, scenario(), rolledBack)
    expect(actions(limited).filter(([agent, knob]) => agent === 'market-hunter' && knob === 'cacheTtlMs')).toEqual([])
  })

  test('leaves a frozen agent alone and says until when', () => {
    const begins = new Date(now - hourMs).toISOString().slice(0, 16)
    const { strategies, skipped } = plan({ limits: limits({ freeze: [{ begins, hours: 2, agent: 'market-hunter' }] }) })
    expect(strategies.filter(({ agentId }) => agentId === 'market-hunter')).toEqual([])
    expect(skipped[0]?.reason).toMatch(/^market-hunter is frozen until 2024-10-10T/)
  })

  test('leaves an agent alone that was changed often enough within the hour', () => {
    const { strategies, skipped } = plan({ limits: limits({ maxChangesPerHour: 2 }), changesLastHour: { 'market-hunter': 2 } })
    expect(strategies.filter(({ agentId }) => agentId === 'market-hunter')).toEqual([])
    expect(skipped[0]?.reason).toBe('market-hunter was changed 2 times within the last hour, and 2 is the most')
  })

  test('leaves a knob alone that rests', () => {
    const ttl = (hoursAgo: number, cacheTtlMs: number) => ({ at: now - hoursAgo * hourMs, values: { cacheTtlMs } })
    const proven = { 'market-hunter': [ttl(5, 0), ttl(4, 1_000), ttl(3, 0), ttl(2, 1_000)] }
    expect(actions(plan({ proven })).filter(([agent, knob]) => agent === 'market-hunter' && knob === 'cacheTtlMs')).toEqual([])
    const yesterday = { 'market-hunter': proven['market-hunter'].map(({ at, values }) => ({ at: at - 24 * hourMs, values })) }
    expect(actions(plan({ proven: yesterday }))).toContainEqual(['market-hunter', 'cacheTtlMs', 150_000])
  })

  test('needs some evidence before it tries anything on an agent, the more the less bold it is', () => {
    const seen = snapshot([agentProfile('new', { responseTime: 2_800, decisionCount: 19 })])
    expect(plan({}, seen)).toMatchObject({
      strategies: [],
      skipped: [{ reason: 'new has reported 19 executions, and a trial needs 20 to begin with' }, {}, {}],
    })
    expect(plan({}, snapshot([agentProfile('new', { responseTime: 2_800, decisionCount: 20 })])).strategies).not.toEqual([])
  })
})
