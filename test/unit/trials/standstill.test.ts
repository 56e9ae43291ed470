import { describe, expect, test } from 'vitest'
import { requireRecentWork } from '../../../src/analysis/trials/standstill.ts'
import { judgement } from '../../support/trial-facts.ts'

/** An execution of each arm a second, until a time (milliseconds). */
function workUntil(end: number) {
  const executions = Array.from({ length: end / 1_000 }, (_, index) => {
    return { at: 1_000 * (index + 1), instance: 'a', durationMs: 500, success: true }
  })
  const arm = { executions, negotiations: [] }
  return { control: arm, candidate: arm }
}

describe('a proven change of an agent', () => {
  test('is kept while the agent works, also if a report is late', () => {
    for (const now of [60_500, 75_000]) expect(requireRecentWork(judgement, workUntil(60_000), now, true)).toBe(judgement)
  })

  test('is not kept if the agent has stopped working', () => {
    const seen = (isFinal: boolean) => requireRecentWork(judgement, workUntil(60_000), 100_000, isFinal)
    expect(seen(true)).toMatchObject({
      decision: 'undecided',
      reason: 'response time is better, but no execution has finished for 40 s',
    })
    expect(seen(false).decision).toBe('continue')
  })

  test('is rolled back all the same if it does harm', () => {
    const harmful = { ...judgement, decision: 'roll-back' as const }
    expect(requireRecentWork(harmful, workUntil(60_000), 100_000, true)).toBe(harmful)
  })
})
