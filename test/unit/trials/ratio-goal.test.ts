import { describe, expect, test } from 'vitest'
import { type ArmObservations, createTrialJudge } from '../../../src/analysis/judging/index.ts'
import { computeCurrentMetrics } from '../../../src/analysis/observing/current-metrics.ts'
import { computeMeasuredMetrics } from '../../../src/analysis/reporting/results/index.ts'
import { createSeededRandom } from '../../../src/analysis/statistics/random.ts'
import { buildTrialGoal } from '../../../src/analysis/trials/goal.ts'
import { metricDeclarationsSchema } from '../../../src/model/configured-metrics.ts'
import { createCatalogue, selectDeclarations } from '../../../src/model/metric.ts'
import { findObjectiveProblem, type ObjectiveInput, objectiveSchema } from '../../../src/model/objective.ts'
import type { TrialDesign } from '../../../src/model/trial.ts'

const costPerSuccess = {
  name: 'costPerSuccess',
  unit: 'USD',
  kind: 'continuous' as const,
  direction: 'lower' as const,
  ratio: { of: 'costUsd', per: 'successRate' },
}
const tokensPerDollar = {
  name: 'tokensPerDollar',
  kind: 'continuous' as const,
  direction: 'higher' as const,
  ratio: { of: 'outputTokens', per: 'costUsd' },
}
const configured = metricDeclarationsSchema.parse([costPerSuccess, tokensPerDollar])
const catalogue = createCatalogue(configured)
const declared = selectDeclarations(catalogue, ['costPerSuccess', 'tokensPerDollar'])

interface Conduct {
  costUsd: number
  success: number
}

/** One execution a second of each instance. */
function observe(seed: string, instances: string[], from: number, to: number, { costUsd, success }: Conduct): ArmObservations {
  const { uniform } = createSeededRandom(seed)
  const executions = Array.from({ length: to - from }, (_, second) =>
    instances.map((instance) => ({
      at: 1_000 * (from + second),
      instance,
      durationMs: 500 + 100 * uniform(),
      success: uniform() < success,
      metrics: { costUsd: costUsd * (0.8 + 0.4 * uniform()), outputTokens: 100 },
    })),
  ).flat()
  return { executions, negotiations: [] }
}

const designs = ['concurrent', 'before-after'] as const
const usual: Conduct = { costUsd: 0.01, success: 0.9 }

function judge(
  objective: ObjectiveInput,
  change: Conduct,
  { design = 'concurrent' as TrialDesign, seed = '', past = usual } = {},
) {
  const parsed = objectiveSchema.parse(objective)
  const targetMetric = (parsed.minimize ?? parsed.maximize)!
  const goal = buildTrialGoal({ targetMetric, objective: parsed, declared })
  const own = observe(`${seed} past`, ['a'], -400, -100, past)
  const others = observe(`${seed} others`, ['b', 'c'], -400, -100, past)
  const history = { control: design === 'concurrent' ? others : own, candidate: own }
  const before = observe(`${seed} before`, ['a'], -100, 0, past)
  const control = design === 'concurrent' ? observe(`${seed} control`, ['b', 'c'], 0, 160, past) : before
  const candidate = observe(`${seed} candidate`, ['a'], 0, 160, change)
  return createTrialJudge({ goal, design, history, maxSamples: 160 }).look({ control, candidate }, { final: true })
}

describe('a trial judged by the cost per success', () => {
  const minimize: ObjectiveInput = { minimize: 'costPerSuccess', tolerate: { successRate: 50 } }

  test.each(designs)('keeps a change that costs less (%s)', (design) => {
    const { decision, metric, improvement } = judge(minimize, { costUsd: 0.006, success: 0.9 }, { design })
    expect({ decision, metric }).toEqual({ decision: 'keep', metric: 'costPerSuccess' })
    expect(improvement).toBeGreaterThan(25)
  })

  test.each(designs)('rolls back a cheaper change that fails so often that a success costs more (%s)', (design) => {
    expect(judge(minimize, { costUsd: 0.007, success: 0.45 }, { design }).decision).toBe('roll-back')
  })

  test.each(designs)('measures what the ratio becomes if only the successes change (%s)', (design) => {
    const effectOf = (success: number) => judge(minimize, { costUsd: 0.01, success }, { design }).improvement!
    expect(effectOf(0.3)).toBeGreaterThan(-230)
    expect(effectOf(0.3)).toBeLessThan(-170)
    const often = { past: { costUsd: 0.01, success: 0.45 }, design }
    const { improvement } = judge(minimize, { costUsd: 0.01, success: 0.9 }, often)
    expect(improvement).toBeGreaterThan(40)
    expect(improvement).toBeLessThan(57)
  })

  test.each(designs)('keeps nothing and rolls nothing back if nothing changes (%s)', (design) => {
    const decisions = Array.from({ length: 20 }, (_, seed) => judge(minimize, usual, { seed: `${seed}`, design }).decision)
    expect(decisions.filter((decision) => decision !== 'undecided').length).toBeLessThanOrEqual(2)
  })

  test('is a guardrail as well', () => {
    const bound = { metric: 'costPerSuccess', max: 0.0125 }
    const objective: ObjectiveInput = { minimize: 'responseTime', subjectTo: [bound], tolerate: { successRate: 60 } }
    expect(judge(objective, { costUsd: 0.018, success: 0.9 })).toMatchObject({
      decision: 'roll-back',
      reason: expect.stringContaining('costPerSuccess'),
    })
    const loss: ObjectiveInput = { minimize: 'responseTime', tolerate: { successRate: 60, costPerSuccess: 5 } }
    expect(judge(loss, { costUsd: 0.018, success: 0.9 }).reason).toContain('costPerSuccess')
  })
})

test.each(designs)('a ratio per a small amount, of which more is better, is measured as what it becomes (%s)', (design) => {
  const look = (factor: number) =>
    judge({ maximize: 'tokensPerDollar' }, { ...usual, costUsd: factor * usual.costUsd }, { design })
  expect(look(0.5).decision).toBe('keep')
  expect(look(0.5).improvement! / 100).toBeCloseTo(1, 1)
  expect(look(2).decision).toBe('roll-back')
  expect(look(2).improvement! / 100).toBeCloseTo(-0.5, 1)
  expect(look(1).decision).toBe('undecided')
})

test('the figures of a trial and of an agent are ratios of sums', () => {
  const arm = observe('figures', ['a', 'b'], 0, 200, { costUsd: 0.01, success: 0.5 })
  const sum = (read: (execution: ArmObservations['executions'][number]) => number) =>
    arm.executions.reduce((total, execution) => total + read(execution), 0)
  const expected = sum(({ metrics }) => metrics!.costUsd!) / sum(({ success }) => Number(success))
  const { mean, standardError } = computeMeasuredMetrics(arm, declared).reported!.costPerSuccess!
  expect(mean).toBeCloseTo(expected, 9)
  expect(standardError / mean).toBeCloseTo(Math.sqrt((0.5 / 0.5 + 0.0133) / 400), 2)
  const executions = arm.executions.map(({ instance, ...execution }) => ({
    ...execution,
    agentId: 'x',
    instanceId: instance,
    errored: false,
    confidence: null,
    metrics: execution.metrics ?? null,
  }))
  const known = { executions, scored: [], profile: undefined, takenAt: 0, history: {} }
  const shown = computeCurrentMetrics(catalogue, known, 200_000).find(({ metric }) => metric === 'costPerSuccess')!
  expect(shown.value).toBeCloseTo(expected, 9)
  expect(shown.instances.map(({ instanceId }) => instanceId)).toEqual(['a', 'b'])
})

describe('a ratio that makes no sense is refused at its field', () => {
  const withRatio = (ratio: object, rest: object = {}) => {
    const issues = metricDeclarationsSchema.safeParse([
      { ...costPerSuccess, ratio: { ...costPerSuccess.ratio, ...ratio }, ...rest },
    ])
    return issues.error!.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  }
  test.each([
    ['an unknown denominator', { per: 'sucessRate' }, '0.ratio.per', 'there is no metric sucessRate; did you mean successRate?'],
    ['a denominator of messages', { per: 'coordinationScore' }, '0.ratio.per', 'messages between agents'],
    ['a denominator of an instance', { per: 'throughput' }, '0.ratio.per', 'a metric of single instances'],
    ['a share', { of: 'qualityScore' }, '0.ratio.of', 'not a quantity that executions report'],
    ['a ratio of a ratio', { of: 'costPerSuccess' }, '0.ratio.of', 'not a quantity that executions report'],
    ['a metric per itself', { per: 'costUsd' }, '0.ratio.per', 'the same'],
  ])('%s', (_, ratio, path, message) => {
    expect(withRatio(ratio)).toEqual([{ path, message: expect.stringContaining(message) }])
  })
  test('one that is a share, or weighed', () => {
    expect(withRatio({}, { kind: 'proportion' })[0]!.path).toBe('0.kind')
    const weighed = objectiveSchema.parse({ weigh: { costPerSuccess: 1, responseTime: 1 } })
    expect(findObjectiveProblem(weighed, catalogue)).toContain('cannot be weighed')
  })
})
