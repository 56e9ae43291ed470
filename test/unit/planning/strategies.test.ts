import { describe, expect, test } from 'vitest'
import { knobs as executionAgent } from '../../../examples/fleet/intelligent-execution-agent/knobs.ts'
import { knobs as marketAnalyzer } from '../../../examples/fleet/market-analyzer/knobs.ts'
import { knobs as marketHunter } from '../../../examples/fleet/market-hunter/knobs.ts'
import { knobs as narrativeArchitect } from '../../../examples/fleet/narrative-architect/knobs.ts'
import { knobs as strategicOrchestrator } from '../../../examples/fleet/strategic-orchestrator/knobs.ts'
import { detectBottlenecks } from '../../../src/analysis/observing/detection.ts'
import type { StrategyRequest } from '../../../src/analysis/planning/strategies/index.ts'
import type { FinishedTrial } from '../../../src/model/finished-trial.ts'
import { formatImprovement } from '../../../src/model/format.ts'
import type { MetricPoint } from '../../../src/model/history.ts'
import type { Knob, Risk } from '../../../src/model/knob.ts'
import { findBuiltInMetric } from '../../../src/model/metric.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import type { Snapshot } from '../../../src/model/profile.ts'
import type { PairReading } from '../../../src/model/readings.ts'
import { type Strategy, strategySchema } from '../../../src/model/strategy.ts'
import { defaultThresholds } from '../../../src/model/thresholds.ts'
import { eligibilityRecord } from '../../support/eligibility.ts'
import { planFor } from '../../support/planning.ts'
import {
  agentKnobs,
  agentProfile,
  knob,
  knobsFor,
  messages,
  now,
  scenario,
  snapshot,
  trialRecord,
} from '../../support/profiles.ts'

function generate(seen: Snapshot, known: Partial<StrategyRequest> = {}) {
  return planFor(seen, {
    pairs: [messages('market-hunter', 'market-analyzer', { agreed: 54 }), messages('market-analyzer', 'market-hunter', {})],
    random: () => 0.55,
    ...known,
  })
}
const named = (description: string) => expect.objectContaining({ description, metric: expect.any(String) })
const ofType = (type: string, { strategies }: ReturnType<typeof generate>) =>
  strategies.find((strategy) => strategy.type === type)!

describe("document 000's scenario", () => {
  const generated = generate(scenario())

  test('gives three reactive and two proactive strategies', () => {
    expect(generated.skipped).toEqual([])
    expect(generated.strategies.map(({ type, targetComponent }) => [type, targetComponent])).toEqual([
      ['agent_response_time', 'market-hunter'],
      ['agent_success_rate', 'market-hunter'],
      ['coordination_efficiency', 'market-hunter'],
      ['predictive_optimization', 'system'],
      ['coordination_enhancement', 'inter_agent'],
    ])
    for (const strategy of generated.strategies) expect(strategySchema.parse(strategy)).toEqual(strategy)
  })

  test('describes the response time strategy as in the document, with the knobs it really turns', () => {
    expect(ofType('agent_response_time', generated)).toEqual({
      id: expect.stringMatching(/^opt_1728563421789_[0-9a-z]{5}$/),
      type: 'agent_response_time',
      priority: 'high',
      targetComponent: 'market-hunter',
      agentId: 'market-hunter',
      targetMetric: 'responseTime',
      description: expect.stringMatching(
        /^(Raise|Lower) sourceParallelism from 1 to \d+, raise cacheTtlMs from 0 to \d+ and lower depth from 8 to \d+, to make market-hunter respond faster$/,
      ),
      expectedImprovement: 28.0,
      expectedInterval: [expect.any(Number), expect.any(Number)],
      uncertainty: 0,
      implementationTime: 120_000,
      actions: [
        {
          description: expect.stringMatching(/^Raise sourceParallelism from 1 to \d+ \(parallelism\)$/),
          agentId: 'market-hunter',
          knob: 'sourceParallelism',
          from: 1,
          to: expect.any(Number),
        },
        {
          description: expect.stringMatching(/^Raise cacheTtlMs from 0 to \d+ \(caching\)$/),
          agentId: 'market-hunter',
          knob: 'cacheTtlMs',
          from: 0,
          to: expect.any(Number),
        },
        {
          description: expect.stringMatching(/^Lower depth from 8 to \d+ \(computation\)$/),
          agentId: 'market-hunter',
          knob: 'depth',
          from: 8,
          to: expect.any(Number),
        },
      ],
      why: expect.stringMatching(/^it is the most promising allowed change/),
      successMetrics: [
        { description: 'Response time < 2000ms', metric: 'responseTime', aim: 'at-most', limit: 2000 },
        { description: 'Latency variance reduced', metric: 'responseTime', statistic: 'variance', aim: 'decrease' },
        { description: 'Throughput increased', metric: 'throughput', aim: 'increase' },
      ],
      rollbackPlan: 'Restore sourceParallelism 1, cacheTtlMs 0, depth 8 on market-hunter unless the change is proven to help',
    })
  })

  test('expects 70% of each impact', () => {
    expect(generated.strategies.slice(0, 3).map(({ expectedImprovement }) => expectedImprovement)).toEqual([28.0, 5.6, 4.2])
    const seen = snapshot([agentProfile('market-hunter', { responseTime: 2500 })])
    expect(ofType('agent_response_time', generate(seen)).expectedImprovement).toBe(17.5)
  })

  test('promises no more than is possible: no change makes a time 0', () => {
    const seen = snapshot([agentProfile('market-hunter', { responseTime: 6_500 })])
    const { expectedImprovement, expectedInterval } = ofType('agent_response_time', generate(seen))
    expect(expectedImprovement).toBe(95)
    expect(expectedInterval).toEqual([expect.any(Number), 95])
    expect(formatImprovement(findBuiltInMetric('responseTime')!, expectedImprovement, expectedInterval!)).toMatch(
      /^95\.0% faster \(.* to 95\.0% faster\)$/,
    )
    expect(formatImprovement(findBuiltInMetric('responseTime')!, 91, [60, 122])).toBe('91.0% faster (60.0 to 100.0% faster)')
  })

  test('gives the proactive strategies the fields of the document, and words that are true of the change', () => {
    expect(ofType('predictive_optimization', generated)).toMatchObject({
      id: 'proactive_1728563421789_pred',
      priority: 'medium',
      targetComponent: 'system',
      description: expect.stringMatching(
        /, to make market-analyzer respond faster: response time of market-analyzer crosses 2000 ms /,
      ),
      expectedImprovement: 15,
      implementationTime: 300_000,
      successMetrics: ['Reduced latency spikes', 'Improved resource utilization', 'Higher success rates'].map(named),
      rollbackPlan: expect.stringMatching(
        /^Restore (sourceParallelism 1|cacheTtlMs 0|depth 8).* on market-analyzer unless the change is proven to help$/,
      ),
    })
    // The slowest pair's sender has its coordination improved already, but by other knobs.
    expect(ofType('coordination_enhancement', generated)).toMatchObject({
      id: 'proactive_1728563421789_coord',
      priority: 'low',
      targetComponent: 'inter_agent',
      description: expect.stringMatching(
        /^Turn batching on, to make market-hunter reach agreement more often: market-hunter → market-analyzer is the slowest pair/,
      ),
      expectedImprovement: 10,
      implementationTime: 180_000,
      successMetrics: ['Faster conflict resolution', 'Better resource sharing', 'Improved joint decisions'].map(named),
      rollbackPlan: expect.stringMatching(/ on market-hunter unless the change is proven to help$/),
    })
  })

  test('turns no knob of an agent twice, and gives every strategy its own id', () => {
    const turned = generated.strategies.flatMap(({ actions }) => actions.map(({ agentId, knob }) => `${agentId} ${knob}`))
    expect(new Set(turned).size).toBe(turned.length)
    expect(new Set(generated.strategies.map(({ id }) => id)).size).toBe(5)
  })
})

test('the knobs of the reference fleet suffice for the scenario', () => {
  const { strategies } = generate(scenario(), {
    knobs: {
      'market-hunter': marketHunter.map(knob),
      'market-analyzer': marketAnalyzer.map(knob),
      'narrative-architect': narrativeArchitect.map(knob),
      'intelligent-execution-agent': executionAgent.map(knob),
      'strategic-orchestrator': strategicOrchestrator.map(knob),
    },
  })
  expect(strategies.map(({ type }) => type)).toEqual([
    'agent_response_time',
    'agent_success_rate',
    'coordination_efficiency',
    'predictive_optimization',
    'coordination_enhancement',
  ])
})

test('if there are not enough knobs, every strategy takes a single one', () => {
  const knobs = agentKnobs.filter(({ name }) => ['lingerMs', 'rounds'].includes(name))
  const seen = snapshot([agentProfile('market-hunter', { coordinationScore: 0.54 })])
  const { strategies } = generate(seen, { knobs: knobsFor(seen, knobs) })
  expect(strategies.map(({ type, actions }) => [type, actions.length])).toEqual([
    ['coordination_efficiency', 1],
    ['coordination_enhancement', 1],
  ])
})

test('a bottleneck for which no knob is left is skipped, with the reason', () => {
  const seen = snapshot([agentProfile('market-hunter', { successRate: 0.62 })])
  const { strategies, skipped } = generate(seen, { knobs: {} })
  expect(strategies).toEqual([])
  expect(skipped[0]).toEqual({
    subject: 'Success rate of market-hunter',
    reason: 'no knob of market-hunter is declared to affect it',
  })
})

test('a bottleneck is skipped for the reason against each knob that affects it', () => {
  const seen = snapshot([agentProfile('market-hunter', { responseTime: 2800 })])
  const affects = [{ metric: 'responseTime' as const, improves: 'increase' as const }]
  const risky = ['a', 'b', 'c', 'd'].map((name) =>
    knob({ name, type: 'int', min: 1, max: 9, default: 1, purpose: 'caching', risk: 'high', affects }),
  )
  const reason = (knobs: Knob[]) =>
    generate(seen, { knobs: { 'market-hunter': knobs }, policy: { ...defaultPolicy, aggressiveness: 2 } }).skipped[0]!.reason
  const why = 'the risk is high; aggressiveness 2 allows risk up to medium'
  expect(reason(risky.slice(0, 1))).toBe(`no knob of market-hunter that affects it may be turned: a: ${why}`)
  expect(reason(risky)).toMatch(new RegExp(`: a: ${why}; b: ${why}; c: ${why}; and 1 other reason$`))
})

test('a bottleneck whose knobs other strategies turn is skipped because of that', () => {
  const affects = ['responseTime', 'successRate'].map((metric) => ({ metric, improves: 'increase' as const })) as Knob['affects']
  const only = knob({ name: 'only', type: 'int', min: 1, max: 9, default: 1, purpose: 'caching', affects })
  const seen = snapshot([agentProfile('market-hunter', { responseTime: 2800, successRate: 0.62 })])
  const { strategies, skipped } = generate(seen, { knobs: { 'market-hunter': [only] }, pairs: [] })
  expect(strategies).toHaveLength(1)
  expect(skipped[0]!.reason).toBe('other strategies turn the knobs of market-hunter that affect it')
})

test('with a focus, only that agent is optimized', () => {
  const { strategies, skipped } = generate(scenario(), { policy: { ...defaultPolicy, focus: 'market-analyzer' } })
  expect(strategies.map(({ type, agentId }) => [type, agentId])).toEqual([
    ['predictive_optimization', 'market-analyzer'],
    ['coordination_enhancement', 'market-analyzer'],
  ])
  expect(skipped.map(({ reason }) => reason)).toEqual([
    'the focus is on market-analyzer; to clear it, run npx optimizer focus all',
    'the focus is on market-analyzer; to clear it, run npx optimizer focus all',
    'the focus is on market-analyzer; to clear it, run npx optimizer focus all',
  ])
})

test('in a cycle for one agent, the others are skipped because of it and not because of a focus', () => {
  const { skipped } = generate(scenario(), { policy: { ...defaultPolicy, focus: 'market-analyzer', target: 'market-analyzer' } })
  expect(new Set(skipped.map(({ reason }) => reason))).toEqual(new Set(['this cycle is only for market-analyzer']))
})

test('a system bottleneck acts on the agent that lowers the score most, at its worst metric', () => {
  const seen = snapshot([agentProfile('a'), agentProfile('b', { successRate: 0.71, responseTime: 9000 })], { overallScore: 0.58 })
  const bottlenecks = detectBottlenecks(seen, defaultThresholds).filter(({ type }) => type === 'system_performance')
  expect(ofType('system_performance', generate(seen, { bottlenecks }))).toMatchObject({
    targetComponent: 'system',
    agentId: 'b',
    targetMetric: 'responseTime',
    expectedImprovement: 11.9,
  })
})

describe('the predictive strategy', () => {
  const minutes = 60_000
  const hourOf = (values: number[]): MetricPoint[] =>
    values.map((value, i) => ({ at: now - (values.length - i) * 10 * minutes, value }))
  const seen = (figures: Record<string, number>) =>
    snapshot(Object.entries(figures).map(([agentId, responseTime]) => agentProfile(agentId, { responseTime })))
  const predictive = (figures: Record<string, number>, values: Record<string, number[]>) => {
    const history = Object.fromEntries(Object.entries(values).map(([id, points]) => [id, { responseTime: hourOf(points) }]))
    return ofType('predictive_optimization', generate(seen(figures), { history }))
  }

  test('acts where a threshold is most likely to be crossed, and gives the probability', () => {
    const rising = [1000, 1150, 1300, 1450, 1600]
    const strategy = predictive({ steady: 1800, rising: 1750 }, { steady: Array(12).fill(1800), rising })
    expect(strategy).toMatchObject({ agentId: 'rising', targetMetric: 'responseTime' })
    expect(strategy.description).toMatch(
      /: response time of rising crosses 2000 ms within 20 min with a probability of \d+% \(80% interval \d+ ms to \d+ ms\)$/,
    )
  })

  test('is not proposed if no threshold is likely to be crossed', () => {
    expect(predictive({ steady: 1800, calm: 900 }, { steady: Array(12).fill(1800) })).toBeUndefined()
  })

  test('leaves agents alone that have already crossed the threshold', () => {
    expect(predictive({ slow: 2100 }, { slow: [1700, 1800, 1900, 2000] })).toBeUndefined()
  })
})

describe('the coordination strategy', () => {
  const fleet = snapshot([agentProfile('a'), agentProfile('b'), agentProfile('c')])
  const coordination = (pairs: PairReading[]) => ofType('coordination_enhancement', generate(fleet, { pairs }))

  test('acts on the sender of the slowest pair, and says what makes it slow', () => {
    const quick = messages('a', 'b', { latencyMs: { mean: 5, count: 100 } })
    const slow = messages('b', 'c', { latencyMs: { mean: 90, count: 100 }, delivered: 80, agreed: 60 })
    const strategy = coordination([quick, slow])
    expect(strategy).toMatchObject({ agentId: 'b', targetMetric: 'coordinationScore' })
    expect(strategy.description).toContain(
      ', to make b reach agreement more often: ' +
        'b → c is the slowest pair: latency 90 ms, 52% resent or renegotiated, conflicts take 200 ms',
    )
  })

  test.each([
    ['messages get lost', { delivered: 20 }],
    ['little is agreed to', { agreed: 20 }],
    ['conflicts take long', { conflictResolutionMs: { mean: 4000, count: 50 } }],
  ])('ranks a pair as slow if %s', (_, known) => {
    expect(coordination([messages('a', 'b', {}), messages('c', 'a', known), messages('b', 'a', {})]).agentId).toBe('c')
  })

  test('leaves an agent alone that cannot improve', () => {
    const best = snapshot([agentProfile('a'), agentProfile('b', { coordinationScore: 0.99 })])
    const pairs = [messages('b', 'a', {})]
    expect(ofType('coordination_enhancement', generate(best, { pairs }))).toBeUndefined()
    expect(generate(best, { pairs }).skipped.map(({ reason }) => reason)).toContain(
      'the coordination score of b is already close to its best',
    )
  })

  test('promises no more than the remaining gain', () => {
    const near = snapshot([agentProfile('a'), agentProfile('b', { coordinationScore: 0.95 })])
    const { expectedImprovement, expectedInterval } = ofType(
      'coordination_enhancement',
      generate(near, { pairs: [messages('b', 'a', {})] }),
    )
    expect(expectedImprovement).toBe(5)
    expect(expectedInterval![1]).toBe(5)
  })

  test('is not proposed if nobody negotiates', () => {
    expect(coordination([])).toBeUndefined()
    expect(coordination([messages('a', 'b', { negotiations: 0, agreed: 0 })])).toBeUndefined()
  })
})

describe('experience', () => {
  const proven = [20, 24, 22].map((improvement) => trialRecord({ improvement, executionTimeMs: 90_000 }))

  test('moves the promise from the prior toward the measurements', () => {
    const { expectedImprovement, implementationTime } = ofType(
      'agent_response_time',
      generate(scenario(), { experience: proven }),
    )
    expect(expectedImprovement).toBeGreaterThan(20)
    expect(expectedImprovement).toBeLessThan(25)
    expect(implementationTime).toBe(90_000)
  })

  test('from another kind of agent counts less', () => {
    const predicted = (kind: string) => {
      const experience = proven.map((record) => ({ ...record, kind, agentId: `${kind}-2` }))
      return ofType('agent_response_time', generate(scenario(), { experience })).expectedImprovement
    }
    expect(predicted('narrative-architect')).toBeLessThan(28)
    expect(predicted('narrative-architect')).toBeGreaterThan(predicted('market-hunter'))
  })
})

test('a change that was rolled back is not tried again for a day', () => {
  const seen = snapshot([agentProfile('hunter', { responseTime: 2800 })])
  const cache = agentKnobs.filter(({ name }) => name === 'cacheTtlMs')
  const turn = (experience: FinishedTrial[]) =>
    ofType('agent_response_time', generate(seen, { knobs: knobsFor(seen, cache), experience }))?.actions.map(({ to }) => to)
  const first = turn([])!
  const ended = (hoursAgo: number) =>
    trialRecord({
      agentId: 'hunter',
      kind: 'hunter',
      changes: [{ knob: 'cacheTtlMs', from: 0, to: first[0]! }],
      verdict: 'roll-back',
      unjudged: true,
      improvement: null,
      interval: null,
      at: now - hoursAgo * 3_600_000,
    })
  expect(turn([ended(23)])).not.toEqual(first)
  expect(turn([ended(25)])).toEqual(first)
})

describe('if a person has to approve', () => {
  const affects = [{ metric: 'responseTime' as const, improves: 'increase' as const }]
  const numeric = { type: 'int', min: 1, max: 16, default: 1, purpose: 'parallelism', affects } as const
  const safe = knob({ name: 'safe', ...numeric, risk: 'medium' })
  const risky = knob({ name: 'risky', ...numeric, risk: 'high' })
  const alike = knob({ name: 'alike', ...numeric, purpose: 'caching', risk: 'high' })
  const seen = snapshot([agentProfile('hunter', { responseTime: 2800 })])
  const planned = (knobs: Knob[], known: Partial<StrategyRequest> = {}) =>
    ofType('agent_response_time', generate(seen, { knobs: { hunter: knobs }, ...known }))
  const turned = (strategy: Strategy) => strategy.actions.map((action) => action.knob)

  test('a strategy that turns a high-risk knob says so, with the autonomy it was compared with', () => {
    const strategy = planned([risky])
    expect(strategy.asks).toEqual({ risk: 'high', autonomy: 0.8 })
    expect(strategySchema.parse(strategy)).toEqual(strategy)
  })

  test('a change that needs no approval is preferred, and never combined with one that does', () => {
    const strategy = planned([risky, alike, safe])
    expect([turned(strategy), strategy.asks]).toEqual([['safe'], undefined])
    expect(['alike', 'risky']).toEqual(expect.arrayContaining(turned(planned([risky, alike]))))
  })

  test('approval is requested before a change is tried for exploration only', () => {
    const knobs = { hunter: [{ ...safe, risk: 'low' as const }, risky] }
    const known = { configuration: { version: 2, values: { safe: 16, risky: 1 } } }
    const far = snapshot([agentProfile('hunter', { responseTime: 2800, ...known })])
    const strategy = ofType('agent_response_time', generate(far, { knobs }))
    expect([turned(strategy), strategy.asks?.risk]).toEqual([['risky'], 'high'])
  })

  test('approval is never requested for exploration', () => {
    const unknown = [{ metric: 'responseTime' as const, improves: 'unknown' as const }]
    const anyway = (risk: Risk) => knob({ ...numeric, name: 'anyway', affects: unknown, default: 8, risk })
    expect(planned([anyway('high')])).toBeUndefined()
    expect(generate(seen, { knobs: { hunter: [anyway('high')] } }).skipped[0]!.reason).toBe(
      'the remaining changes on hunter need approval, which is requested only for changes that are expected to help',
    )
    expect(turned(planned([anyway('low')]))).toEqual(['anyway'])
  })

  test('the autonomy on that kind of agent decides', () => {
    const autonomous = (level: number) => ({ policy: { ...defaultPolicy, autonomyByKind: { hunter: level, other: 0.5 } } })
    expect(planned([risky], autonomous(0.95)).asks).toBeUndefined()
    expect(planned([safe], autonomous(0.6)).asks).toEqual({ risk: 'medium', autonomy: 0.6 })
  })

  test('a knob whose approval was requested is left alone', () => {
    const resting = (agentId: string) => ({ eligibility: eligibilityRecord({}, { [agentId]: { awaitingDecision: ['risky'] } }) })
    expect(turned(planned([risky, alike], resting('hunter')))).toEqual(['alike'])
    expect(planned([risky], resting('hunter'))).toBeUndefined()
    expect(turned(planned([risky], resting('other')))).toEqual(['risky'])
  })
})
