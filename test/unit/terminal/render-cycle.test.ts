import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import type { CycleView } from '../../../src/reading/cycles.ts'
import { renderCycle } from '../../../src/terminal/render-cycle.ts'
import { judgement, planned, recordedTrial, second } from '../../support/trial-facts.ts'

const { strategy } = planned()
const all = (list: readonly unknown[] = []) => ({ shown: list.length, total: list.length })
const cycle = (known: Partial<CycleView> = {}): CycleView => ({
  id: 'cycle-1',
  runId: 'run',
  target: null,
  dryRun: false,
  state: 'running',
  phases: { detectMs: 5 },
  impact: null,
  skipped: [],
  reassessment: null,
  startedAt: second(0),
  endedAt: null,
  bottlenecks: [],
  strategies: [],
  trials: [],
  listed: {
    bottlenecks: all(known.bottlenecks),
    strategies: all(known.strategies),
    trials: all(known.trials),
    skipped: all(known.skipped),
  },
  ...known,
})
const render = (...given: Parameters<typeof renderCycle>) => renderCycle(...given).map(stripVTControlCharacters)

test('a cycle without a strategy says why, up to five times', () => {
  const skipped = Array.from({ length: 7 }, (_, index) => `Cost of bot-${index}: no recent value of the cost is known yet`)
  const lines = render(cycle({ skipped }))
  expect(lines).toContain('    not tried: Cost of bot-4: no recent value of the cost is known yet')
  expect(lines.at(-1)).toBe('    … and 2 more; the cycle in the dashboard lists them')
  expect(render(cycle({ skipped, strategies: [strategy] })).join()).not.toContain('not tried')
})

test('strategies that answer no bottleneck say what they are for', () => {
  const strategies = [strategy, ...['a', 'b'].map((id) => ({ ...strategy, id, type: 'agent_objective' as const }))]
  expect(render(cycle({ strategies }))).toContain('  detect   5 ms: 0 bottlenecks, 3 strategies (2 toward an objective)')
})

test('each line of a trial names its agent', () => {
  const trial = { ...recordedTrial(), judgement, id: strategy.id, agentId: strategy.agentId, workflowId: 'cycle-1' }
  const lines = render(cycle({ strategies: [strategy], trials: [trial] }))
  expect(lines.find((line) => line.includes('candidate 40 / control 80'))).toContain(`${strategy.agentId} response time`)
})

test.each([
  [{ state: null, leftBecause: null, verdict: null }, 'which is about to start: npx optimizer trials'],
  [{ state: null, leftBecause: 'another trial comes first', verdict: null }, 'which was not started: another trial comes first'],
  [{ state: 'observing', leftBecause: null, verdict: null }, 'which has started (observing): npx optimizer trials'],
  [{ state: 'kept', leftBecause: null, verdict: 'keep' }, 'which has ended (keep): npx optimizer trials'],
] as const)('a trial outside the cycle says what became of it: %j', (fate, said) => {
  const long = { ...strategy, observation: { decisions: 160, ms: 240_000 } }
  const lines = render(cycle({ strategies: [long] }), [{ ...fate, strategy: long }])
  expect(lines.at(-1)).toContain(`needs a trial of about 4 min outside the cycle, ${said}`)
})
