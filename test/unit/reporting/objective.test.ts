import { describe, expect, test } from 'vitest'
import { explainAgent } from '../../../src/analysis/reporting/explaining/index.ts'
import { describeTolerances } from '../../../src/analysis/trials/describe-tolerances.ts'
import { builtInCatalogue } from '../../../src/model/metric.ts'
import { type ObjectiveInput, objectiveSchema } from '../../../src/model/objective.ts'
import { agentFacts, eligibilityFacts } from '../../support/eligibility.ts'
import { agentProfile, now } from '../../support/profiles.ts'

const objective = objectiveSchema.parse({
  kind: 'hunter',
  minimize: 'costUsd',
  subjectTo: [
    { metric: 'qualityScore', min: 0.8 },
    { metric: 'responseTime', quantile: 0.95, max: 3000 },
  ],
})
const explain = (metrics: Record<string, number> | null, objectives = [objective], live = 2) => {
  const seen = metrics && { profile: agentProfile('hunter', { metrics }), at: new Date(now) }
  const facts = agentFacts(eligibilityFacts({ fleet: { objectives } }), { seen, instances: { live, known: 2 } })
  return explainAgent(facts).sections.find(({ title }) => title === 'Objective')!.sentences
}

describe('the explanation of an agent', () => {
  test('names its objective and says of each bound whether it holds now', () => {
    expect(explain({ costUsd: 0.0031, qualityScore: 0.845 })).toEqual([
      'The objective of agents of kind hunter: minimize costUsd, subject to qualityScore>=0.8, p95(responseTime)<=3000.',
      expect.stringMatching(/^At 2024-10-10T.*, cost is 0.0031 USD\.$/),
      'Quality score must be at least 80% and is 84.5%: the bound holds.',
      'Response time must be at most 3000 ms at the 95th percentile and is 1500 ms: the bound holds.',
    ])
  })

  test('says that a bound is violated, and that the agent gets within it first', () => {
    expect(explain({ costUsd: 0.0031, qualityScore: 0.7 }).slice(2)).toEqual([
      'Quality score must be at least 80% and is 70%: the bound is violated.',
      expect.stringContaining('the bound holds'),
      'Meeting its bounds comes before anything else.',
    ])
    expect(explain({ costUsd: 0.0031, qualityScore: 0.79 })[2]).toContain(
      'beyond the bound, but no further than the tolerance allows or chance can explain',
    )
  })

  test('of a fleet that is gone says what its figures were, and of no bound that it holds', () => {
    expect(explain({ costUsd: 0.0031, qualityScore: 0.7 }, [objective], 0).slice(2)).toEqual([
      'No instance is live, so these are past values.',
      'Quality score must be at least 80% and was 70%.',
      expect.stringContaining('and was 1500 ms'),
    ])
  })

  test('gives the value of each metric that it weighs', () => {
    const weighing = (weigh: ObjectiveInput['weigh']) => [objectiveSchema.parse({ kind: 'hunter', weigh })]
    expect(explain({ energyJoule: 11.5 }, weighing({ energyJoule: 2, responseTime: 1 }))).toEqual([
      'The objective of agents of kind hunter: improve energyJoule (weight 2) and response time together.',
      expect.stringMatching(/^At 2024-10-10T.*, energyJoule is 11.5 and response time \d+ ms\.$/),
    ])
    expect(explain({}, weighing({ energyJoule: 2, costUsd: 1 }))[1]).toMatch(/, nothing reports energyJoule and the cost\.$/)
    expect(explain({ costUsd: 0.01 }, weighing('efficiency'))[1]).toMatch(/, cost is 0.01 USD and response time \d+ ms\.$/)
  })

  test('says what is not known', () => {
    expect(explain({ costUsd: 0.0031 })[2]).toContain('but nothing reports it: no trial starts until something does')
    expect(explain(null).at(-1)).toBe('No cycle has examined it yet.')
    expect(explain(null, [])).toEqual([expect.stringContaining('None is set')])
  })
})

test('what is tolerated is said: what a bound may be missed by, and what success may lose', () => {
  const subjectTo = [
    { metric: 'successRate', min: 0.9 },
    { metric: 'responseTime', quantile: 0.95, max: 3_000 },
  ]
  const told = (known: object) => describeTolerances(objectiveSchema.parse({ minimize: 'costUsd', ...known }), builtInCatalogue)
  expect(told({ subjectTo })).toBe(
    'Tolerated unless the objective says otherwise: successRate may miss its bound by 2 points and p95(responseTime) may miss its bound by 5%.',
  )
  expect(told({})).toMatch(/: successRate may lose 15 points\.$/)
})
