import { describe, expect, test } from 'vitest'
import { median } from '../../../src/analysis/statistics/summaries.ts'
import { type Objective, type ObjectiveInput, objectiveSchema } from '../../../src/model/objective.ts'
import { optimizeLanguageModelAgent, trueFigures } from '../../support/language-model-agent.ts'

const objective = (known: Partial<ObjectiveInput> = {}): Objective =>
  objectiveSchema.parse({
    minimize: 'costUsd',
    subjectTo: [
      { metric: 'qualityScore', min: 0.8 },
      { metric: 'responseTime', quantile: 0.95, max: 8_000 },
    ],
    ...known,
  })
const start = { model: 'large', temperature: 1, max_tokens: 4000, retries: 1, context_chunks: 30, cache_seconds: 0 }
const seeds = Array.from({ length: 12 }, (_, i) => i + 1)
const optimize = (
  known: Partial<Parameters<typeof optimizeLanguageModelAgent>[1]> = {},
  goal = objective(),
  runs = seeds.length,
) => seeds.slice(0, runs).map((seed) => optimizeLanguageModelAgent(goal, { seed, cycles: 8, start, ...known }))

describe('an agent whose cost is to fall while its quality stays at 0.8 or more', () => {
  const runs = optimize()

  test('costs at least 40% less after eight trials', () => {
    const costs = runs.map(({ values }) => trueFigures(values).cost / trueFigures(start).cost)
    expect(median(costs)).toBeLessThan(0.25)
    expect(costs.filter((cost) => cost < 0.6).length).toBeGreaterThanOrEqual(11)
  })

  test('never keeps a change that breaks a bound', () => {
    const kept = runs.flatMap(({ trials }) => trials.filter(({ verdict }) => verdict === 'keep'))
    expect(kept.length).toBeGreaterThan(20)
    for (const { after, changes } of kept) expect(after.quality, changes).toBeGreaterThan(0.78)
  })

  test('tries another model within its first two trials, next to the one in force, and keeps the one that is good enough', () => {
    for (const { trials, values } of runs) {
      const steps = trials.filter(({ changes }) => /^model [^,]+$/.test(changes))
      expect(trials.slice(0, 2)).toContain(steps[0])
      expect(steps[0]!.changes).toBe('model large → medium')
      expect(values.model).toBe('medium')
    }
  })

  test('tries a model only once, and no two in a row', () => {
    for (const { trials } of runs) {
      const steps = trials.map(({ changes }) => (/^model [^,]+$/.test(changes) ? changes : undefined))
      const models = steps.filter((step) => step !== undefined)
      expect(new Set(models).size).toBe(models.length)
      for (const [index, step] of steps.entries()) if (step) expect(steps[index + 1]).toBeUndefined()
    }
  })

  test('never tries a model together with other knobs', () => {
    const bundles = runs.flatMap(({ trials }) => trials.filter(({ changes }) => changes.includes(',')))
    expect(bundles.length).toBeGreaterThan(20)
    expect(bundles.filter(({ changes }) => changes.includes('model '))).toEqual([])
  })

  test('is optimized for its cost, not for what the thresholds name', () => {
    const metrics = new Set(runs.flatMap(({ trials }) => trials.map(({ metric }) => metric)))
    expect([...metrics]).toEqual(['costUsd'])
  })
})

describe('an agent with an objective on metrics that it declares', () => {
  const declaredGoal = objective({ minimize: 'energyJ', subjectTo: [{ metric: 'helpfulness', min: 0.8 }] })
  const runs = optimize({}, declaredGoal)

  test('needs at least 40% less energy after eight trials', () => {
    const shares = runs.map(({ values }) => trueFigures(values).cost / trueFigures(start).cost)
    expect(median(shares)).toBeLessThan(0.6)
    expect(new Set(runs.flatMap(({ trials }) => trials.map(({ metric }) => metric)))).toEqual(new Set(['energyJ']))
  })

  test('never keeps a change that breaks a bound', () => {
    const kept = runs.flatMap(({ trials }) => trials.filter(({ verdict }) => verdict === 'keep'))
    expect(kept.length).toBeGreaterThan(20)
    for (const { after, changes } of kept) expect(after.quality, changes).toBeGreaterThan(0.78)
  })

  test('gets within a bound on a declared metric first', () => {
    const poor = { ...start, model: 'small', context_chunks: 10, max_tokens: 600 }
    const { trials, skipped } = optimizeLanguageModelAgent(declaredGoal, { seed: 1, cycles: 1, start: poor })
    expect(trials[0]?.metric ?? skipped.join()).toMatch(/helpfulness/)
  })

  test.each([
    [
      'nobody declares the goal and nobody reports it',
      { minimize: 'toolCalls' },
      'the objective of support-bot names toolCalls, but no recent value is known yet',
    ],
    [
      'more of the goal is better',
      { minimize: 'helpfulness', subjectTo: [] },
      'helpfulness is better when it is higher, so it cannot be minimized',
    ],
    [
      'a limit of a share is above 1',
      { subjectTo: [{ metric: 'helpfulness', min: 80 }] },
      'helpfulness ranges from 0 to 1, so 80 cannot be its limit',
    ],
    [
      'a limit of a quantity is not above 0',
      { subjectTo: [{ metric: 'energyJ', max: 0 }] },
      'energyJ is a quantity, so its limit must be above 0, not 0',
    ],
  ])('is left alone, with the reason, while %s', (_case, known, reason) => {
    const run = optimizeLanguageModelAgent(objective(known), { seed: 1, cycles: 1, start })
    expect(run.trials).toEqual([])
    expect(run.skipped.join()).toContain(reason)
  })
})

describe('an agent whose slow answers are to become faster', () => {
  const slowAnswers = objective({ minimize: 'responseTime', quantile: 0.9, subjectTo: [{ metric: 'qualityScore', min: 0.8 }] })
  const runs = optimize({}, slowAnswers).slice(0, 6)

  test('is tried for the quantile, and keeps what is proven to help it', () => {
    expect(new Set(runs.flatMap(({ trials }) => trials.map(({ metric }) => metric)))).toEqual(new Set(['responseTimeP90']))
    const kept = runs.flatMap(({ trials }) => trials.filter(({ verdict }) => verdict === 'keep'))
    expect(kept.length).toBeGreaterThan(2)
    for (const { before, after, changes, reason } of kept) {
      expect(reason).toContain('90th percentile of the response time is better')
      expect(after.medianMs, changes).toBeLessThan(before.medianMs)
      expect(after.quality, changes).toBeGreaterThan(0.78)
    }
  })

  test('is left alone, with the reason, while it has a single instance', () => {
    const { trials, skipped } = optimizeLanguageModelAgent(slowAnswers, { seed: 1, cycles: 1, start, live: 1 })
    expect(trials).toEqual([])
    expect(skipped.join()).toContain('a quantile can be judged only against instances without the change')
  })
})

describe('an agent whose cost and response time are weighed', () => {
  const weighed = (weigh: ObjectiveInput['weigh']) => objective({ minimize: undefined, weigh })
  const runs = optimize({}, weighed({ costUsd: 2, responseTime: 1 }))
  const sum = ({ cost, medianMs }: ReturnType<typeof trueFigures>) => {
    const before = trueFigures(start)
    return (2 * (cost / before.cost) + medianMs / before.medianMs) / 3
  }

  test('gains at least 30% of the weighted sum after eight trials', () => {
    expect(median(runs.map(({ values }) => sum(trueFigures(values))))).toBeLessThan(0.7)
    expect(new Set(runs.flatMap(({ trials }) => trials.map(({ metric }) => metric)))).toEqual(new Set(['weightedSum']))
  })

  test('never keeps a change that breaks a bound, and hardly ever one that makes the sum worse', () => {
    const kept = runs.flatMap(({ trials }) => trials.filter(({ verdict }) => verdict === 'keep'))
    expect(kept.length).toBeGreaterThan(20)
    for (const { after, changes } of kept) expect(after.quality, changes).toBeGreaterThan(0.78)
    const worse = kept.filter(({ before, after }) => sum(after) > sum(before))
    // A harmless change is kept with a probability of 2.5%.
    expect(worse.length / kept.length).toBeLessThan(0.05)
  })

  test('weighs, of a preset, what it reports', () => {
    const { trials } = optimizeLanguageModelAgent(weighed('efficiency'), { seed: 1, cycles: 1, start })
    expect(trials.map(({ metric }) => metric)).toEqual(['weightedSum'])
  })

  test('is optimized for the metric itself if it is the only one', () => {
    const { trials } = optimizeLanguageModelAgent(weighed({ costUsd: 5 }), { seed: 1, cycles: 1, start })
    expect(trials.map(({ metric }) => metric)).toEqual(['costUsd'])
  })

  test.each([
    [{ costUsd: 1, cpuMs: 1 }, 'the objective of support-bot names the CPU time, but no recent value is known yet'],
    ['coordination', 'support-bot names the coordination score'],
    [{ costUsd: 1, coordinationScore: 1 }, 'coordinationScore is a metric of negotiations'],
  ] as const)('is left alone, with the reason, if %j cannot be weighed', (weigh, reason) => {
    const { trials, skipped } = optimizeLanguageModelAgent(weighed(weigh), { seed: 1, cycles: 1, start })
    expect(trials).toEqual([])
    expect(skipped.join()).toContain(reason)
  })
})

test('quality that is known of one answer in ten makes trials undecided rather than wrong', () => {
  const kept = optimize({ qualityShare: 0.1 }, objective(), 5).flatMap(({ trials }) =>
    trials.filter(({ verdict }) => verdict === 'keep'),
  )
  expect(kept.length).toBeGreaterThan(2)
  for (const { after, changes } of kept) expect(after.quality, changes).toBeGreaterThan(0.77)
})

test('an agent is left alone, with the reason, while nobody reports a metric that its objective names', () => {
  const run = optimizeLanguageModelAgent(objective(), { seed: 1, cycles: 1, start, qualityShare: 0 })
  expect(run.trials).toEqual([])
  expect(run.skipped).toContain(
    'Cost of support-bot: the objective of support-bot names the quality score, but no recent value is known yet',
  )
})

test('an agent that violates a bound gets within it first', () => {
  const poor = { ...start, model: 'small', context_chunks: 10, max_tokens: 600 }
  expect(trueFigures(poor).quality).toBeLessThan(0.75)
  const [run] = seeds.slice(0, 1).map((seed) => optimizeLanguageModelAgent(objective(), { seed, cycles: 8, start: poor }))
  expect(run!.trials[0]!.metric).toBe('qualityScore')
  expect(trueFigures(run!.values).quality).toBeGreaterThan(trueFigures(poor).quality)
})

describe('an objective', () => {
  test.each([
    [{ minimize: undefined }, 'set exactly one of minimize, maximize and weigh'],
    [{ weigh: 'efficiency' }, 'set exactly one of minimize, maximize and weigh'],
    [{ minimize: undefined, weigh: {} }, 'weigh at least one metric'],
    [{ maximize: 'qualityScore' }, 'set exactly one of minimize, maximize and weigh'],
    [{ subjectTo: [{ metric: 'qualityScore' }] }, 'set a min or a max'],
    [{ subjectTo: [{ metric: 'costUsd', min: 2, max: 1 }] }, 'min is above max'],
    [
      {
        subjectTo: [
          { metric: 'costUsd', min: 2 },
          { metric: 'costUsd', max: 1 },
        ],
      },
      'cannot be at least 2 and at most 1',
    ],
  ])('%j is refused', (known, reason) => {
    const parsed = objectiveSchema.safeParse({ ...objective(), ...known })
    expect(parsed.error?.issues.map(({ message }) => message).join()).toContain(reason)
  })
})
