import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { buildResultsReport } from '../../../src/reading/results.ts'
import { formatReport } from '../../../src/terminal/format-report.ts'
import { formatResults } from '../../../src/terminal/format-results.ts'
import { planned, resultOf } from '../../support/trial-facts.ts'

const kept = resultOf(planned())
const putBack = resultOf(planned(), { success: false, verdict: 'roll-back' })

describe('the report of a run', () => {
  test('says what was put off and what was left alone, each with why', () => {
    const cycle = {
      workflowId: 'cycle-1',
      phases: {},
      bottlenecks: [],
      strategies: [],
      skipped: ['Optimize coordination_efficiency for hunter: no knob is left'],
      deferred: ['Optimize agent_response_time for hunter: no time left in this cycle'],
    }
    const lines = formatReport({ cycles: [cycle], ...buildResultsReport([]), configurations: {} }).split('\n')
    expect(lines).toContain('put off: Optimize agent_response_time for hunter: no time left in this cycle')
    expect(lines).toContain('No trial has ended.')
    expect(lines).toContain('left alone: Optimize coordination_efficiency for hunter: no knob is left')
  })
})

describe('what all trials came to', () => {
  test('is a line each, and what an agent gained by them together', () => {
    const printed = stripVTControlCharacters(formatResults(buildResultsReport([kept, putBack])))
    expect(printed).toMatch(/│ hunter +│ cacheTtlMs 0 → 600 +│ keep +│ responseTime +│ p50 2800 ms → 2145 ms/)
    expect(printed).toContain('1 of 2 changes proven and kept, the others put back exactly.')
    expect(printed).toContain('hunter, all kept changes together: responseTime +23.4% (+12.1 to +33.0) by 1')
  })

  test('is one sentence where none has ended', () => {
    expect(formatResults(buildResultsReport([]))).toBe('No trial has ended yet; npx optimizer cycle starts one.')
  })
})
