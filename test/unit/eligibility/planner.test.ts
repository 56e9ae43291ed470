import { describe, expect, test } from 'vitest'
import type { AgentRecord } from '../../../src/analysis/eligibility/index.ts'
import { type Limits, limitsSchema, noLimits } from '../../../src/model/limits.ts'
import { eligibilityRecord } from '../../support/eligibility.ts'
import { planFor } from '../../support/planning.ts'
import { agentProfile, now, scenario, snapshot, trialRecord } from '../../support/profiles.ts'

const hourMs = 3_600_000

interface Known {
  limits?: Limits
  hunter?: Partial<AgentRecord>
}

function plan({ limits = noLimits, hunter = {} }: Known, seen = scenario(), experience: ReturnType<typeof trialRecord>[] = []) {
  return planFor(seen, { experience, eligibility: eligibilityRecord({ limits }, { 'market-hunter': hunter }) })
}
const actions = (planned: ReturnType<typeof plan>) =>
  planned.strategies.flatMap(({ actions }) => actions.map(({ agentId, knob, to }) => [agentId, knob, to]))
const isCache = ([agent, knob]: unknown[]) => agent === 'market-hunter' && knob === 'cacheTtlMs'
const ofCache = (planned: ReturnType<typeof plan>) => actions(planned).filter(isCache)
const limits = (input: object) => limitsSchema.parse(input)

describe('the planner', () => {
  test('proposes nothing for a knob that must not be touched', () => {
    expect(ofCache(plan({}))).toHaveLength(1)
    const limited = actions(plan({ limits: limits({ neverTouch: [{ kind: 'market-hunter', knob: 'cacheTtlMs' }] }) }))
    expect(limited.length).toBeGreaterThan(0)
    expect(limited.filter(isCache)).toEqual([])
  })

  test('shortens steps to the limits', () => {
    const [[, , free] = []] = ofCache(plan({}))
    const [[, , limited] = []] = ofCache(plan({ limits: limits({ maxSteps: [{ knob: 'cacheTtlMs', share: 0.05 }] }) }))
    expect(free).toBeGreaterThan(30_000)
    expect(limited).toBeGreaterThan(0)
    expect(limited).toBeLessThanOrEqual(30_000)
  })

  test('does not repeat a change that was rolled back within a day', () => {
    const [strategy] = plan({}).strategies
    const changes = strategy!.actions.map(({ knob, from, to }) => ({ knob, from, to }))
    const rolledBack = (hoursAgo: number) =>
      trialRecord({ changes, verdict: 'roll-back', unjudged: true, improvement: null, at: now - hoursAgo * hourMs })
    const planned = (hoursAgo: number) =>
      plan({}, scenario(), [rolledBack(hoursAgo)]).strategies.map(({ actions }) => actions.map(({ knob, to }) => ({ knob, to })))
    const same = changes.map(({ knob, to }) => ({ knob, to }))
    expect(planned(2)).not.toContainEqual(same)
    expect(planned(25)).toContainEqual(same)
  })

  test('leaves a frozen agent alone and says until when', () => {
    const begins = new Date(now - hourMs).toISOString().slice(0, 16)
    const { strategies, skipped } = plan({ limits: limits({ freeze: [{ begins, hours: 2, agent: 'market-hunter' }] }) })
    expect(strategies.filter(({ agentId }) => agentId === 'market-hunter')).toEqual([])
    expect(skipped[0]?.reason).toMatch(/^market-hunter is frozen until 2024-10-10T/)
  })

  test('leaves an agent alone whose hourly limit is reached', () => {
    const { strategies, skipped } = plan({ limits: limits({ maxChangesPerHour: 2 }), hunter: { trialsLastHour: 2 } })
    expect(strategies.filter(({ agentId }) => agentId === 'market-hunter')).toEqual([])
    expect(skipped[0]?.reason).toBe('2 trials started on market-hunter within the last hour; the limit is 2')
  })

  test('leaves an oscillating knob alone', () => {
    const ttl = (hoursAgo: number, cacheTtlMs: number) => ({ at: now - hoursAgo * hourMs, values: { cacheTtlMs } })
    const history = [ttl(5, 0), ttl(4, 1_000), ttl(3, 0), ttl(2, 1_000)]
    expect(ofCache(plan({ hunter: { history } }))).toEqual([])
    const yesterday = history.map(({ at, values }) => ({ at: at - 24 * hourMs, values }))
    expect(ofCache(plan({ hunter: { history: yesterday } }))).toHaveLength(1)
  })

  test('needs evidence before it tries anything on an agent, and more at lower aggressiveness', () => {
    const seen = snapshot([agentProfile('new', { responseTime: 2_800, decisionCount: 19 })])
    expect(plan({}, seen)).toMatchObject({
      strategies: [],
      skipped: [{ reason: 'new has 19 recent measured executions; a trial needs 20' }, {}, {}],
    })
    expect(plan({}, snapshot([agentProfile('new', { responseTime: 2_800, decisionCount: 20 })])).strategies).not.toEqual([])
  })
})
