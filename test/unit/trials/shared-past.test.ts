import { describe, expect, it } from 'vitest'
import { sharedPast } from '../../../src/analysis/trials/shared-past.ts'

const executions = (instance: string, version: number, count: number, durationMs: number, from = 0) =>
  Array.from({ length: count }, (_, i) => ({ at: from + i * 10, instance, version, durationMs }))
const arm = (...executed: ReturnType<typeof executions>[]) => ({ executions: executed.flat(), negotiations: [] })
const versionsOf = (past: ReturnType<typeof sharedPast>) => new Set(past.control.executions.map(({ version }) => version))

describe('the history that shows how instances differ', () => {
  it('is from the configuration that the trial starts with', () => {
    const control = arm(executions('a', 1, 300, 50), executions('a', 2, 200, 10, 3_000))
    const candidate = arm(executions('b', 1, 300, 60), executions('b', 2, 200, 12, 3_000))
    const past = sharedPast({ control, candidate }, [2])
    expect(versionsOf(past)).toEqual(new Set([2]))
    expect(past.candidate.executions).toHaveLength(200)
  })

  it('is from the previous configuration if a change was kept just now, at the level of the new one', () => {
    const control = arm(executions('a', 1, 300, 50), executions('a', 2, 150, 10, 3_000))
    const candidate = arm(executions('b', 1, 250, 60), executions('b', 2, 5, 12, 4_400))
    const past = sharedPast({ control, candidate }, [2])
    expect(versionsOf(past)).toEqual(new Set([1]))
    expect(past.control.executions[0]!.durationMs).toBeCloseTo(10)
    expect(past.candidate.executions[0]!.durationMs).toBeCloseTo(12)
  })

  it('keeps its level if a clock rounded a time down to 0', () => {
    const recent = executions('a', 2, 150, 10, 3_000)
    recent[7]!.durationMs = 0
    const control = arm(executions('a', 1, 300, 50), recent)
    const past = sharedPast({ control, candidate: arm(executions('b', 1, 250, 60)) }, [2])
    expect(past.candidate.executions[0]!.durationMs).toBeCloseTo(12, 0)
  })

  it('is only from a time when both worked: a version that ran on one alone is no comparison', () => {
    const control = arm(executions('a', 1, 300, 50), executions('a', 2, 150, 10, 3_000))
    const candidate = arm(executions('b', 1, 300, 60, 10_000), executions('b', 2, 30, 12, 3_000))
    expect(versionsOf(sharedPast({ control, candidate }, [2]))).toEqual(new Set([2]))
  })

  it('omits the time of earlier trials, in which one of the instances did other work than the rest', () => {
    const control = arm(executions('a', 1, 100, 50), executions('a', 2, 100, 10, 1_000), executions('a', 1, 100, 50, 2_000))
    const candidate = arm(executions('b', 1, 300, 60))
    const past = sharedPast({ control, candidate }, [1])
    expect(past.control.executions).toHaveLength(200)
    expect(past.candidate.executions.filter(({ at }) => at > 1_000 && at < 1_990)).toEqual([])
    expect(Math.abs(past.candidate.executions.length - 200)).toBeLessThanOrEqual(2)
  })

  it('stays short if the level of the new configuration is not known yet', () => {
    const control = arm(executions('a', 1, 300, 50), executions('a', 2, 10, 10, 3_000))
    const candidate = arm(executions('b', 1, 300, 60))
    expect(versionsOf(sharedPast({ control, candidate }, [2]))).not.toContain(1)
  })
})
