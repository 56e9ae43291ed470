import { describe, expect, test } from 'vitest'
import { detectBottlenecks } from '../../../src/analysis/observing/detection.ts'
import { configSchema } from '../../../src/config/config.ts'
import { describeRuleContradiction } from '../../../src/model/bottleneck-rule.ts'
import { createCatalogue } from '../../../src/model/metric.ts'
import { objectiveSchema } from '../../../src/model/objective.ts'
import { defaultThresholds } from '../../../src/model/thresholds.ts'
import { agentProfile, snapshot } from '../../support/profiles.ts'

const metrics = [{ name: 'toolCalls', unit: 'calls', direction: 'lower', kind: 'count', description: 'Calls of tools' }] as const
const bot = (figures: Record<string, number>, known = {}) => agentProfile('support-bot', { metrics: figures, ...known })

/** The bottlenecks that configured rules find. */
function detect(bottleneckRules: object[], seen: Parameters<typeof snapshot>, objectives: object[] = []) {
  const config = configSchema.parse({ bottleneckRules, metrics, objectives })
  const catalogue = createCatalogue(config.metrics)
  return detectBottlenecks(snapshot(...seen), defaultThresholds, config.objectives, catalogue, config.bottleneckRules)
}
const problemOf = (...bottleneckRules: object[]) => {
  const { error } = configSchema.safeParse({ bottleneckRules, metrics })
  return error?.issues[0]?.message
}

const expensive = { type: 'expensive_answers', metric: 'costUsd', above: 0.004, severity: 'high' }

describe('a rule on a metric that executions report', () => {
  test('finds a bottleneck, with its impact in percent beyond the limit', () => {
    expect(detect([expensive], [[bot({ costUsd: 0.005 })]])).toEqual([
      {
        type: 'expensive_answers',
        severity: 'high',
        affectedComponent: 'support-bot',
        description: 'support-bot cost is 0.005 USD (limit: 0.004 USD)',
        impact: 25.0,
        impactUnit: 'percent',
        suggestedFix: 'Lower the cost',
        metric: 'costUsd',
      },
    ])
  })

  test('is no bottleneck at its limit, nor where nobody reports the metric', () => {
    expect(detect([expensive], [[bot({ costUsd: 0.004 }), bot({})]])).toEqual([])
  })

  test('may have several severities; the impact is that of the mildest limit, in points of a share', () => {
    const rule = (below: number, severity: string) => ({ type: 'poor_answers', metric: 'qualityScore', below, severity })
    const found = (qualityScore: number) =>
      detect([rule(0.6, 'critical'), rule(0.8, 'low')], [[bot({ qualityScore })]]).map(({ severity, impact }) => [
        severity,
        impact,
      ])
    expect([0.9, 0.75, 0.5].map(found)).toEqual([[], [['low', 5]], [['critical', 30]]])
  })

  test('may say what its impact and its remedy are', () => {
    const rule = { ...expensive, type: 'chatty', metric: 'toolCalls', above: 2, impact: 40, suggestedFix: 'Plan before calling' }
    expect(detect([rule], [[bot({ toolCalls: 3 })]])).toMatchObject([{ impact: 40, suggestedFix: 'Plan before calling' }])
  })

  test('may be about a quantile of the response time', () => {
    const rule = { type: 'slow_tail', metric: 'responseTime', quantile: 0.95, above: 3000, severity: 'medium' }
    expect(detect([rule], [[agentProfile('a', { responseTimeP95: 3600 })]])).toMatchObject([
      { type: 'slow_tail', description: 'a 95th percentile of the response time is 3600 ms (limit: 3000 ms)', impact: 20 },
    ])
  })
})

describe('rules of the types of document 000', () => {
  const strict = { type: 'agent_response_time', metric: 'responseTime', above: 1000, severity: 'critical' }
  const slow = agentProfile('market-hunter', { responseTime: 1500 })

  test('replace the thresholds, in the words of the document', () => {
    expect(detect([strict], [[slow]])).toMatchObject([
      { severity: 'critical', description: 'market-hunter response time is 1500ms (threshold: 1000ms)', impact: 50 },
    ])
    expect(detect([{ ...strict, above: 4000 }], [[agentProfile('market-hunter', { responseTime: 2500 })]])).toEqual([])
  })

  test('of an agent take precedence over those of its kind, and these over those of the fleet', () => {
    const rules = [strict, { ...strict, kind: 'market-hunter', above: 1200 }, { ...strict, agent: 'market-hunter', above: 1400 }]
    expect(detect(rules, [[slow]])).toMatchObject([{ description: expect.stringContaining('threshold: 1400ms') }])
    expect(detect(rules.slice(0, 2), [[slow]])).toMatchObject([{ description: expect.stringContaining('threshold: 1200ms') }])
  })
})

test('a rule on a metric of the host is about the system', () => {
  const rule = { type: 'busy_host', metric: 'cpuPercent', above: 80, severity: 'medium' }
  expect(detect([rule], [[], { cpuPercent: 90 }])).toMatchObject([
    { affectedComponent: 'system', description: 'system CPU usage is 90% (limit: 80%)', impact: 12.5 },
  ])
})

test('an agent with an objective is measured by its bounds and by configured rules, not by the thresholds', () => {
  const objective = objectiveSchema.parse({ minimize: 'costUsd', subjectTo: [{ metric: 'qualityScore', min: 0.8 }] })
  const seen = bot({ costUsd: 0.005, qualityScore: 0.7 }, { responseTime: 9000 })
  expect(detect([expensive], [[seen]], [objective]).map(({ type }) => type)).toEqual(['objective_bound', 'expensive_answers'])
})

test.each([
  ['no limit', { above: undefined }, 'set either above or below'],
  ['two limits', { below: 0.001 }, 'set either above or below'],
  ['an agent and a kind', { agent: 'a', kind: 'b' }, 'set either agent or kind, not both'],
  [
    'a type of document 000 with another metric',
    { type: 'agent_response_time' },
    'agent_response_time is about responseTime, not costUsd',
  ],
  ['a type of the optimizer', { type: 'operator_request' }, 'operator_request is the optimizer'],
  ['the name of something that every object has', { type: 'constructor' }, 'constructor is a reserved word; choose another name'],
  ['the sum of an objective', { metric: 'weightedSum' }, 'weightedSum is computed from the metrics that an objective weighs'],
  ['an impact that is none', { impact: 'point' }, 'must be percent, points, or a number above 0 and at most 1000'],
  ['a type that cannot be one', { type: 'Too Expensive' }, 'use at most 60 lower-case letters'],
  ['the good side of the limit', { above: undefined, below: 0.001 }, 'costUsd is better when it is lower, so set above'],
  ['a limit of 0 for a quantity', { above: 0 }, 'costUsd is a quantity, so its limit must be above 0, not 0'],
  ['a limit beyond 1 for a share', { metric: 'errorRate', above: 5 }, 'errorRate ranges from 0 to 1, so 5 cannot be its limit'],
  ['points of a quantity', { impact: 'points' }, 'costUsd is a quantity, so its impact cannot be in points'],
  ['a quantile of something else', { quantile: 0.95 }, 'costUsd has no quantiles; only responseTime has'],
  [
    'an agent of a metric of the host',
    { metric: 'cpuPercent', above: 80, agent: 'a' },
    'cpuPercent is a metric of the whole fleet',
  ],
])('a rule with %s is refused', (_, change, message) => {
  expect(problemOf({ ...expensive, ...change })).toContain(message)
})

test('a rule may name a metric that an agent declares later, and applies once it does', () => {
  const rule = { type: 'much_energy', metric: 'energyJ', above: 5, severity: 'high' }
  expect(problemOf(rule)).toBeUndefined()
  expect(detect([rule], [[bot({ energyJ: 8 })]])).toEqual([])
  const energy = { name: 'energyJ', unit: 'J', direction: 'lower', kind: 'continuous', description: '' } as const
  const [parsed] = configSchema.parse({ bottleneckRules: [rule] }).bottleneckRules
  const found = detectBottlenecks(snapshot([bot({ energyJ: 8 })]), defaultThresholds, [], createCatalogue([energy]), [parsed!])
  expect(found).toMatchObject([{ type: 'much_energy', metric: 'energyJ' }])
  expect(describeRuleContradiction(parsed!, createCatalogue([{ ...energy, direction: 'higher' }]))).toContain('so set below')
})

test('rules that contradict each other are refused', () => {
  expect(problemOf(expensive, expensive)).toContain('another rule of this type and severity')
  expect(problemOf(expensive, { ...expensive, metric: 'toolCalls', severity: 'low' })).toContain(
    'expensive_answers is about costUsd',
  )
  expect(problemOf({ ...expensive, severity: 'low' }, { ...expensive, above: 0.003 })).toContain(
    'a high limit must be beyond the low one',
  )
})
