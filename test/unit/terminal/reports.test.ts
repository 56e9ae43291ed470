import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { buildResultsReport } from '../../../src/reading/results.ts'
import { formatReport } from '../../../src/terminal/format-report.ts'
import { formatResults } from '../../../src/terminal/format-results.ts'
import { planned, resultOf } from '../../support/trial-facts.ts'

const kept = resultOf(planned())
const putBack = resultOf(planned(), { success: false, verdict: 'roll-back' })

describe('the report of a run', () => {
  test('lists what was deferred and what was not tried, each with its reason', () => {
    const cycle = {
      workflowId: 'cycle-1',
      phases: {},
      bottlenecks: [],
      strategies: [],
      skipped: ['Optimize coordination_efficiency for hunter: no knob is left'],
      deferred: ['Optimize agent_response_time for hunter: no time left in this cycle'],
    }
    const lines = formatReport({ cycles: [cycle], ...buildResultsReport([]), configurations: {} }).split('\n')
    expect(lines).toContain('deferred: Optimize agent_response_time for hunter: no time left in this cycle')
    expect(lines).toContain('No trial has ended.')
    expect(lines).toContain('not tried: Optimize coordination_efficiency for hunter: no knob is left')
  })
})

describe('the results of all trials', () => {
  test('are listed one per line, with the total gain of each agent', () => {
    const printed = stripVTControlCharacters(formatResults(buildResultsReport([kept, putBack])))
    expect(printed).toMatch(/│ hunter +│ cacheTtlMs 0 → 600 +│ keep +│ response time +│ p50 2800 ms → 2145 ms/)
    expect(printed).toContain('1 of 2 changes proven and kept, the others rolled back.')
    expect(printed).toContain('hunter, all kept changes together: 23.4% faster (+12.1 to +33.0), 1 kept trial')
  })

  test('are one sentence if none has ended', () => {
    expect(formatResults(buildResultsReport([]))).toBe('No trial has ended yet; npx optimizer cycle starts one.')
  })
})
