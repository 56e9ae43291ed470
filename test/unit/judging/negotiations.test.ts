import { expect, test } from 'vitest'
import { type ArmObservations, createTrialJudge, createUsualGoal } from '../../../src/analysis/judging/index.ts'
import { random } from './random.ts'

/** One negotiation a second of each instance; every fourth one has a conflict. */
function observe(seed: number, instances: string[], from: number, to: number, factor: number): ArmObservations {
  const { normal, uniform } = random(seed)
  const arm: ArmObservations = { executions: [], negotiations: [] }
  for (let second = from; second < to; second++)
    for (const instance of instances) {
      const at = 1_000 * second
      const latencyMs = 80 * factor * Math.exp(0.4 * normal())
      const conflictResolutionTimeMs = second % 4 === 0 ? 5 * latencyMs : null
      arm.executions.push({ at, instance, durationMs: 100 * Math.exp(0.2 * normal()), success: uniform() < 0.98 })
      arm.negotiations.push({ at, instance, agreed: uniform() < 0.7, latencyMs, conflictResolutionTimeMs })
    }
  return arm
}

function judge(target: string, factor: number, seed: number) {
  const history = { control: observe(seed, ['a', 'b'], -400, 0, 1), candidate: observe(seed + 1, ['c'], -400, 0, 1) }
  const arms = { control: observe(seed + 2, ['a', 'b'], 0, 400, 1), candidate: observe(seed + 3, ['c'], 0, 400, factor) }
  const options = { goal: createUsualGoal(target), design: 'concurrent' as const, history, maxSamples: 80 }
  return createTrialJudge(options).look(arms, { final: true }).decision
}

test.each(['messageLatencyMs', 'conflictResolutionTimeMs'])('%s is judged by the negotiations that report it', (target) => {
  const verdicts = (factor: number) => Array.from({ length: 10 }, (_, index) => judge(target, factor, 10 * index + 1))
  expect(verdicts(0.5).filter((verdict) => verdict === 'keep').length).toBeGreaterThanOrEqual(9)
  expect(verdicts(2).filter((verdict) => verdict === 'roll-back').length).toBeGreaterThanOrEqual(9)
  expect(verdicts(1).filter((verdict) => verdict === 'undecided').length).toBeGreaterThanOrEqual(8)
})
