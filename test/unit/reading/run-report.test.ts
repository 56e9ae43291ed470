import { expect, test } from 'vitest'
import { describeDeferral } from '../../../src/reading/run-report.ts'
import { strategyFor } from '../../support/store.ts'

const strategy = strategyFor('hunter', 'opt_1_abcde')
const long = `another is running: ${'x'.repeat(2_000)}`

test.each([
  [
    'one that was left',
    { strategy, leftBecause: long, state: null },
    [expect.stringMatching(/^hunter .+: another is running: x{2000}$/)],
  ],
  ['one that was left at first and tried then', { strategy, leftBecause: long, state: 'kept' as const }, []],
  ['one that was tried', { strategy, leftBecause: null, state: 'kept' as const }, []],
  [
    'one that a person has to approve',
    { strategy: { ...strategy, asks: { risk: 'high' as const, autonomy: 0.5 } }, leftBecause: null, state: null },
    [expect.stringMatching(/: waiting for approval in trial-opt_1_abcde$/)],
  ],
  [
    'one that takes days',
    { strategy: { ...strategy, observation: { decisions: 3, ms: 1e9 } }, leftBecause: null, state: 'observing' as const },
    [expect.stringMatching(/: takes longer than a cycle, so it runs in trial-opt_1_abcde$/)],
  ],
  [
    'one that took longer than a cycle and has ended',
    { strategy: { ...strategy, observation: { decisions: 3, ms: 1e6 } }, leftBecause: null, state: 'kept' as const },
    [],
  ],
])('the report of a run says in full why a strategy was put off: %s', (_which, planned, lines) => {
  expect(describeDeferral(planned)).toEqual(lines)
})
