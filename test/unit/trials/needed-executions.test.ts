import { describe, expect, test } from 'vitest'
import { countSamplesToRuleOutIncrease } from '../../../src/analysis/judging/proportion.ts'
import { buildTrialGoal } from '../../../src/analysis/trials/goal.ts'
import { countNeededExecutions, describeNarrowTolerance } from '../../../src/analysis/trials/needed-executions.ts'
import { objectiveSchema } from '../../../src/model/objective.ts'

/** A thousand executions, of which one in so many fails, takes 4 s or has a retry; one in ten has a score. */
const work = ({ failing = 0, slow = 0, retried = 3 }) =>
  Array.from({ length: 1_000 }, (_, index) => ({
    at: index,
    instance: 'a',
    durationMs: slow && index % slow === 1 ? 4_000 : 1_000,
    success: !failing || index % failing !== 1,
    metrics: {
      costUsd: 0.01,
      retries: Number(index % retried === 0),
      ...(index % 10 === 0 && { qualityScore: index % 20 === 0 ? 0.9 : 0.7 }),
    },
  }))
const needed = (objective: object, executions = work({})) => {
  const goal = buildTrialGoal({
    targetMetric: 'costUsd',
    objective: objectiveSchema.parse({ minimize: 'costUsd', ...objective }),
  })
  return countNeededExecutions(goal, executions, 160)
}

test('nothing more is needed for the usual tolerances, and for bounds on a mean', () => {
  expect(needed({ subjectTo: [{ metric: 'qualityScore', min: 0.6 }] })).toEqual({ executions: 0 })
})

describe('a bound on a quantile', () => {
  const subjectTo = [{ metric: 'responseTime', quantile: 0.95, max: 3_000 }]

  test('needs the executions that prove it, more of them if some are slow, but no more than a trial has', () => {
    expect(needed({ subjectTo }).executions).toBe(76)
    expect(needed({ subjectTo }, work({ slow: 50 })).executions).toBeGreaterThan(150)
    expect(needed({ subjectTo }, work({ slow: 25 })).executions).toBe(160)
  })

  test('needs none while it is violated: then something else has to be reached first', () => {
    expect(needed({ subjectTo }, work({ slow: 10 })).executions).toBe(0)
  })
})

describe('harm that is hardly tolerated', () => {
  test('needs about as many executions as the rule of three says if nothing fails, and many more if something does', () => {
    expect(countSamplesToRuleOutIncrease(0.01, 0)).toBeGreaterThan(200)
    expect(countSamplesToRuleOutIncrease(0.01, 0)).toBeLessThan(350)
    expect(countSamplesToRuleOutIncrease(0.01, 0.02)).toBeGreaterThan(5 * countSamplesToRuleOutIncrease(0.01, 0))
    expect(countSamplesToRuleOutIncrease(0.05, 0.02)).toBeLessThan(200)
  })

  test('of success counts the executions that fail now', () => {
    const tolerate = { successRate: 1 }
    expect(needed({ tolerate })).toEqual({
      executions: countSamplesToRuleOutIncrease(0.01, 0),
      why: 'its objective tolerates a loss of only 1 point of the success rate',
    })
    expect(needed({ tolerate }, work({ failing: 50 })).executions).toBeGreaterThan(2_000)
  })

  test('needs nothing where so much cannot be lost, or nothing is known', () => {
    expect(countSamplesToRuleOutIncrease(0.01, 1)).toBe(0)
    expect(needed({ tolerate: { coordinationScore: 1 } }).executions).toBe(0)
  })

  test('of a score counts how much scores vary, and how many executions have one', () => {
    const { executions } = needed({ tolerate: { qualityScore: 2 } })
    expect(executions).toBeGreaterThan(100)
    expect(executions).toBeLessThan(10 * countSamplesToRuleOutIncrease(0.02, 0.2))
  })

  test('of a count depends on how much it varies, and on how much more is tolerated', () => {
    const { executions, why } = needed({ tolerate: { retries: 20 } })
    expect(executions).toBeGreaterThan(900)
    expect(executions).toBeLessThan(1_500)
    expect(why).toBe('its objective tolerates an increase of only 20% of the retries')
    expect(needed({ tolerate: { retries: 100 } }).executions).toBeLessThan(executions / 8)
  })

  test('of a count that is nearly always 0 needs only the executions whose zeros say so', () => {
    const { executions } = needed({ tolerate: { retries: 50 } }, work({ retried: 1_000 }))
    expect(executions).toBeGreaterThan(50)
    expect(executions).toBeLessThan(200)
    expect(needed({ tolerate: { retries: 50 } }, work({ retried: 100 })).executions).toBeGreaterThan(1_000)
  })

  test('of a cost needs nothing where it never varies', () => {
    const objective = objectiveSchema.parse({ maximize: 'successRate', tolerate: { costUsd: 5 } })
    const goal = buildTrialGoal({ targetMetric: 'successRate', objective })
    expect(countNeededExecutions(goal, work({}), 160).executions).toBe(0)
  })

  test('is named in a sentence where a trial takes more executions than usual, or cannot prove it', () => {
    const objective = objectiveSchema.parse({ minimize: 'costUsd', tolerate: { successRate: 1 } })
    expect(describeNarrowTolerance(objective, [], 160)).toMatch(
      /^Ruling out a loss of 1 point in successRate takes about \d{3} executions per arm, more than trials.maxSamples \(160\): trials continue/,
    )
    expect(describeNarrowTolerance(objective, [{ successRate: 1 }, { successRate: 0.9 }], 160)).toMatch(
      /executions per arm while 10% fail, but at most 5000 are judged, so no change can be kept; tolerate more\.$/,
    )
    expect(describeNarrowTolerance(objectiveSchema.parse({ minimize: 'costUsd' }), [], 160)).toBeUndefined()
    expect(describeNarrowTolerance({ ...objective, tolerate: { successRate: 10 } }, [], 160)).toBeUndefined()
  })
})
