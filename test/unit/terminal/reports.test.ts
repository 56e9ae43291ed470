import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import { computeMetricEffects, evaluateSuccessMetrics } from '../../../src/analysis/reporting/results/index.ts'
import { builtInCatalogue } from '../../../src/model/metric.ts'
import { describeReassessment } from '../../../src/model/reassessment.ts'
import { type StandingResult, toResultDigest } from '../../../src/model/result.ts'
import { buildResultsReport } from '../../../src/reading/results.ts'
import type { RunningChange } from '../../../src/reading/trials.ts'
import { formatReport } from '../../../src/terminal/format-report.ts'
import { formatResults } from '../../../src/terminal/format-results.ts'
import { formatTrials } from '../../../src/terminal/format-trials.ts'
import { judgement, planned, resultOf } from '../../support/trial-facts.ts'

const kept: StandingResult = { ...resultOf(planned()), standing: 'in-force' }
const putBack: StandingResult = { ...resultOf(planned(), { success: false, verdict: 'roll-back' }), standing: 'restored' }
const undone = { at: '2026-11-21T12:00:00.000Z', reason: 'ada restored version 1', harmful: false }
const reportOf = (results: StandingResult[], total = results.length) => ({
  ...buildResultsReport({
    page: { items: results, total },
    digests: results.map(toResultDigest),
    standings: new Map(results.map(({ strategy, standing }) => [strategy.id, standing])),
    kept: results.filter(({ success }) => success),
  }),
  savings: { totals: [], agents: [] },
})

describe('the report of a run', () => {
  test('lists what was deferred and what was not tried, each with its reason', () => {
    const cycle = {
      workflowId: 'cycle-1',
      phases: {},
      reassessment: null,
      bottlenecks: [],
      strategies: [],
      skipped: ['Coordination score of hunter: no knob is left'],
      deferred: ['hunter cacheTtlMs 0 → 600: no time left in this cycle'],
    }
    const hunter = { before: { batch: 10 }, after: { batch: 2 }, byPeople: { batch: 'ada restored version 1' } }
    const lines = formatReport({ cycles: [cycle], ...reportOf([]), configurations: { hunter } }).split('\n')
    expect(lines).toContain('deferred: hunter cacheTtlMs 0 → 600: no time left in this cycle')
    expect(lines).toContain('No trial has ended.')
    expect(lines).toContain('hunter: batch 10 → 2 (ada restored version 1)')
    expect(lines).toContain('not tried: Coordination score of hunter: no knob is left')
  })
})

test('a reassessment is described as in document 000', () => {
  const hunter = { from: 0.85, to: 0.9 }
  expect(describeReassessment({ autonomy: { 'market-hunter': hunter }, reputation: { from: 0.7, to: 0.75 } })).toBe(
    'autonomy of market-hunter 85% → 90%, reputation of the optimizer 0.70 → 0.75',
  )
  expect(describeReassessment({ autonomy: {}, reputation: null })).toBe('')
})

test('the list of trials has those that are running first, each with its change and its unit', () => {
  vi.stubEnv('COLUMNS', '250')
  const actions = kept.strategy.actions.map((action) => ({ ...action, unit: 's' }))
  const running: RunningChange = {
    id: 'opt_2_b',
    agentId: 'hunter',
    workflowId: 'trial-opt_2_b',
    state: 'observing',
    startedAt: new Date(0),
    judgement,
    observeMs: null,
    progress: null,
    strategy: { ...kept.strategy, actions },
  }
  const printed = stripVTControlCharacters(formatTrials({ running: [running], items: [kept], total: 7 }, false))
  const lines = printed.split('\n').filter((line) => line.includes('hunter') || line.startsWith('The'))
  expect(lines).toEqual([
    expect.stringMatching(/opt_2_b.*hunter cacheTtlMs 0 → 600 s .*observing since 1970.*23.4% faster so far/),
    expect.stringMatching(/hunter cacheTtlMs 0 → 600 .*keep, is in force.*23.4% faster/),
    'The newest 1 of 7 ended trials.',
  ])
  expect(formatTrials({ running: [], items: [], total: 0 }, true)).toBe('Nothing matches.')
  vi.unstubAllEnvs()
})

describe('the results of all trials', () => {
  test('are listed one after the other, with the total gain of each agent', () => {
    const printed = stripVTControlCharacters(formatResults(reportOf([putBack, kept])))
    expect(printed).toContain(
      [
        'hunter, cacheTtlMs 0 → 600: roll-back',
        '  opt_1_abcde, 2026-11-21T11:00:11Z to 2026-11-21T11:01:31Z',
        '  response time 23.4% faster (12.1 to 33.0% faster)',
        '  p50 2800 ms → 2145 ms, success 90% → 90%',
        'hunter, cacheTtlMs 0 → 600: keep, is in force',
      ].join('\n'),
    )
    expect(printed).toContain('1 of 2 changes proven and kept.')
    expect(printed).toContain(
      'hunter, all changes still in force, combined: response time 23.4% faster (12.1 to 33.0% faster), 1 kept trial',
    )
  })

  test('say what a change gained in each metric, what it cost, and how many success criteria were met, in 100 columns', () => {
    const figures = (errorRate: number, responseTimeVariance: number) => ({
      errorRate: { value: errorRate, standardError: 0.01, samples: 400 },
      responseTimeVariance: { value: responseTimeVariance, standardError: 0.01 * responseTimeVariance, samples: 400 },
    })
    const metrics = {
      before: { ...kept.metrics.before, successRate: 0.9, samples: 400, further: figures(0.1, 90_000) },
      after: { ...kept.metrics.after, successRate: 0.75, samples: 400, further: figures(0.25, 22_500) },
    }
    const subjectTo = [{ metric: 'successRate', min: 0.7 }]
    const actions = ['cacheTtlMs', 'parallelism', 'batchSize', 'retries'].map((knob) => ({
      ...kept.strategy.actions[0]!,
      knob: `longNameOf${knob}`,
    }))
    const strategy = { ...kept.strategy, actions, objective: { minimize: 'responseTime', subjectTo, tolerate: {} } }
    const effects = computeMetricEffects({ ...kept, strategy, metrics }, builtInCatalogue)
    const criteria = [...kept.strategy.successMetrics, { description: 'Overall system performance > 75%' }]
    const successMetrics = evaluateSuccessMetrics(criteria, { metrics, effects }, builtInCatalogue)
    const result = { ...kept, strategy, metrics, effects, successMetrics }
    const lines = stripVTControlCharacters(formatResults(reportOf([result]))).split('\n')
    expect(lines.slice(1, 8)).toEqual([
      '  longNameOfretries 0 → 600: keep, is in force',
      '  opt_1_abcde, 2026-11-21T11:00:11Z to 2026-11-21T11:01:31Z',
      '  response time 23.4% faster (12.1 to 33.0% faster), adjusted; observed 2800 ms → 2145 ms',
      '  better: standard deviation of the response time 50.0% lower (observed 300 ms → 150 ms)',
      '  worse: success rate 15.0 points lower, within its bound of at least 70% (observed 90% → 75%)',
      '  criteria met: 0 of 2 (1 not measured)',
      '1 of 1 changes proven and kept.',
    ])
    expect(lines.slice(0, 7).filter((line) => line.length > 100)).toEqual([])
  })

  test('that were undone keep their verdict, say what became of them, and add nothing to the total', () => {
    const printed = stripVTControlCharacters(formatResults(reportOf([{ ...kept, standing: 'overridden', undone }])))
    expect(printed).toContain('hunter, cacheTtlMs 0 → 600: keep, was later overridden')
    expect(printed).toContain('1 of 1 changes proven and kept; 1 kept change no longer in force.')
    expect(printed).toContain(
      'hunter, not counted: opt_1_abcde (cacheTtlMs 0 → 600) was kept and was later overridden at 2026-11-21T12:00:00Z: ada restored version 1',
    )
    expect(printed).not.toContain('together')
  })

  test('say how many there are if the list is cut off', () => {
    expect(formatResults(reportOf([kept], 1_234))).toContain('The newest 1 of 1234 results.')
    expect(formatResults(reportOf([kept]))).not.toContain('The newest')
  })

  test('are one sentence if none has ended', () => {
    expect(formatResults(reportOf([]))).toBe('No trial has ended yet; npx optimizer cycle starts one.')
    expect(formatResults(reportOf([]), 1)).toBe('No trial has ended yet; 1 trial is running, npx optimizer status shows it.')
  })
})
