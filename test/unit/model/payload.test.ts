import { expect, test } from 'vitest'
import { countJsonBytes, maxPayloadBytes, takeLinesWithinBytes, takeWithinBytes } from '../../../src/model/payload.ts'
import { summarizeCycle } from '../../../src/workflows/summarize-cycle.ts'

test('lines that fit are taken, long ones cut, and the rest counted', () => {
  expect(takeLinesWithinBytes(['a', 'b'], 100, 'elsewhere')).toEqual(['a', 'b'])
  expect(takeLinesWithinBytes(['aaa', 'bbb', 'ccc'], 13, 'elsewhere')).toEqual(['aaa', 'bbb', '1 more: elsewhere'])
  expect(takeLinesWithinBytes(['ü'.repeat(500)], 1_000, 'elsewhere')[0]).toMatch(/^ü{98}…$/)
  expect(takeWithinBytes([1, 22, 333], 5)).toEqual([1, 22])
})

test('the result of a cycle is small, whatever it did, and says what is missing', () => {
  const lines = Array.from({ length: 100 }, (_, index) => `agent-${index} "über" ${'x'.repeat(index * 10)}`)
  const outcomes = lines.map((reason, index) => ({
    trialId: `opt_${index}_abcde`,
    agentId: `agent-${index}`.padEnd(80, 'x'),
    verdict: 'keep' as const,
    metric: 'responseTime' as const,
    improvement: 12.345678901234,
    interval: [1.2345678901234, 23.45678901234] as [number, number],
    reason,
  }))
  const whole = { bottlenecks: 100, outcomes, deferred: lines, skipped: lines, overallImprovement: 12.345678901234 }
  const result = summarizeCycle(whole, 'GET /api/cycles/cycle-2026-11-21T11:01:42.341Z')
  expect(countJsonBytes(result)).toBeLessThanOrEqual(maxPayloadBytes)
  expect(result.outcomes.length).toBeGreaterThan(3)
  expect(result.outcomes.length + result.moreOutcomes!).toBe(100)
  expect(result.skipped.at(-1)).toMatch(/^\d+ more: GET/)

  const short = { ...whole, outcomes: outcomes.slice(0, 1), deferred: [], skipped: ['one'] }
  expect(summarizeCycle(short, 'elsewhere')).toEqual(short)
})
