import { describe, expect, test } from 'vitest'
import { planCycle } from '../../../src/analysis/planning/plan-cycle.ts'
import { getAggressivenessSettings } from '../../../src/analysis/policy/aggressiveness.ts'
import { computeTraitFactor, weighMetric } from '../../../src/analysis/policy/traits.ts'
import { configSchema } from '../../../src/config/config.ts'
import { defaultTraits, type PersonalityTraits, type TraitName } from '../../../src/model/identity.ts'
import type { Knob } from '../../../src/model/knob.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import type { AgentProfile } from '../../../src/model/profile.ts'
import { defaultThresholds } from '../../../src/model/thresholds.ts'
import { readIdentity } from '../../../src/reading/identity.ts'
import { formatTraits } from '../../../src/terminal/format-identity.ts'
import { eligibilityRecord } from '../../support/eligibility.ts'
import { agentKnobs, agentProfile, knob, snapshot, trialRecord } from '../../support/profiles.ts'

const values = Object.fromEntries(agentKnobs.map(({ name, default: value }) => [name, value]))
const agent = (id: string, known: Partial<AgentProfile>) =>
  agentProfile(id, { kind: 'worker', configuration: { version: 1, values }, ...known })
const slow = agent('slow', { responseTime: 2_800, responseTimeP50: 2_700 })

const names = Object.keys(defaultTraits) as TraitName[]
const withTrait = (name: TraitName, value: number): PersonalityTraits => ({ ...defaultTraits, [name]: value })

/** The plan of a cycle for agents with these traits of the optimizer. */
function planWith(
  traits: PersonalityTraits,
  agents: AgentProfile[],
  known: Partial<Pick<Parameters<typeof planCycle>[0], 'bottleneckRules' | 'experience'>> & { knobs?: Knob[] } = {},
) {
  const { knobs = agentKnobs, ...others } = known
  return planCycle({
    snapshot: snapshot(agents),
    thresholds: defaultThresholds,
    knobs: Object.fromEntries(agents.map(({ agentId }) => [agentId, knobs])),
    experience: [],
    policy: defaultPolicy,
    eligibility: eligibilityRecord({ traits }),
    ...others,
  })
}

describe('a trait changes the plan:', () => {
  test('analytical, the evidence that a trial needs', () => {
    const young = { ...slow, decisionCount: 30 }
    expect(planWith(defaultTraits, [young]).strategies).toHaveLength(1)
    const { strategies, skipped } = planWith(withTrait('analytical', 100), [young])
    expect(strategies).toEqual([])
    expect(skipped.join('\n')).toMatch('slow has 30 recent measured executions; a trial needs 40')
  })

  test('systematic, how many knobs one trial turns', () => {
    const turned = (systematic: number) =>
      planWith(withTrait('systematic', systematic), [slow]).strategies.map(({ actions }) => actions.length)
    expect(turned(90)).toEqual([3])
    expect(turned(100)).toEqual([1])
  })

  test('optimization, how much a gain counts against the harm of its trial', () => {
    const harmed = Array.from({ length: 12 }, (_, i) =>
      trialRecord({
        agentId: 'slow',
        kind: 'worker',
        verdict: 'roll-back',
        improvement: -9,
        interval: [-10, -8],
        changes: [{ knob: 'cacheTtlMs', from: 0, to: 1_000 + i }],
        at: slow.lastExecutionAt! - (i + 1) * 6 * 3_600_000,
      }),
    )
    const plan = (optimization: number) => planWith(withTrait('optimization', optimization), [slow], { experience: harmed })
    expect(plan(95).strategies).toHaveLength(1)
    const { strategies, skipped } = plan(5)
    expect(strategies).toEqual([])
    expect(skipped.join('\n')).toMatch('its trial would cost more than it gains')
  })

  const affects = ['costUsd', 'responseTime', 'coordinationScore', 'successRate'].map((metric) => ({
    metric,
    improves: 'increase' as const,
  }))
  const knobs = [knob({ name: 'effort', type: 'int', min: 1, max: 10, default: 2, purpose: 'caching', affects })]
  const busy = { configuration: { version: 1, values: { effort: 2 } } }
  const { bottleneckRules } = configSchema.parse({
    bottleneckRules: [{ type: 'expensive_answers', metric: 'costUsd', above: 1, severity: 'high' }],
  })

  test('efficiency, the weight of what a decision costs', () => {
    const fleet = [agent('slow', { ...busy, responseTime: 2_800 }), agent('dear', { ...busy, metrics: { costUsd: 1.35 } })]
    const first = (efficiency: number) =>
      planWith(withTrait('efficiency', efficiency), fleet, { bottleneckRules, knobs }).strategies.map(({ agentId }) => agentId)
    expect(first(85)).toEqual(['slow', 'dear'])
    expect(first(100)).toEqual(['dear', 'slow'])
  })

  test('coordination, the weight of metrics between agents', () => {
    const fleet = [agent('failing', { ...busy, successRate: 0.6 }), agent('lonely', { ...busy, coordinationScore: 0.54 })]
    const first = (coordination: number) =>
      planWith(withTrait('coordination', coordination), fleet, { knobs }).strategies.map(({ agentId }) => agentId)
    expect(first(80)).toEqual(['failing', 'lonely'])
    expect(first(100)).toEqual(['lonely', 'failing'])
  })
})

describe('traits', () => {
  test('as documented change nothing', () => {
    expect(names.map((name) => computeTraitFactor(defaultTraits, name))).toEqual([1, 1, 1, 1, 1])
    for (const level of [1, 2, 3, 4, 5])
      expect(getAggressivenessSettings(level, defaultTraits)).toEqual(getAggressivenessSettings(level))
    expect(['costUsd', 'messageLatencyMs', 'responseTime'].map((metric) => weighMetric(defaultTraits, metric))).toEqual([1, 1, 1])
  })

  test('reach from nothing to twice as much', () => {
    expect(names.map((name) => computeTraitFactor(withTrait(name, 0), name))).toEqual([0, 0, 0, 0, 0])
    expect(names.map((name) => computeTraitFactor(withTrait(name, 100), name))).toEqual([2, 2, 2, 2, 2])
  })

  test('never ask for no evidence, for more than is counted, or for trials without knobs', () => {
    for (const level of [1, 5])
      for (const value of [0, 100]) {
        const traits = { ...defaultTraits, analytical: value, systematic: value }
        const { evidence, bundleSize } = getAggressivenessSettings(level, traits)
        expect(evidence).toBeGreaterThanOrEqual(5)
        expect(evidence).toBeLessThanOrEqual(50)
        expect(bundleSize).toBeGreaterThanOrEqual(1)
      }
  })

  test('of document 000 are those of a configuration that names none', () => {
    const identity = readIdentity(configSchema.parse({}))
    expect(formatTraits(identity)).toBe('Traits: analytical 95, systematic 90, optimization 95, efficiency 85, coordination 80')
    expect(identity.goals.primary).toBe('Maximize system-wide performance and efficiency')
    expect(identity.goals.secondary).toHaveLength(3)
  })

  test('that are changed show their factor', () => {
    const identity = readIdentity(configSchema.parse({ identity: { traits: { efficiency: 17 } } }))
    expect(formatTraits(identity)).toMatch('efficiency 17 (× 0.2), coordination 80')
  })
})
