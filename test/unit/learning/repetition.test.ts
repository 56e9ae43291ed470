import { describe, expect, test } from 'vitest'
import { detectBottlenecks } from '../../../src/analysis/detection/index.ts'
import { worthRepeating } from '../../../src/analysis/learning/index.ts'
import { generateStrategies, type StrategyRequest } from '../../../src/analysis/strategies/index.ts'
import type { TrialRecord } from '../../../src/model/experience.ts'
import { defaultPolicy } from '../../../src/model/policy.ts'
import { defaultThresholds } from '../../../src/model/thresholds.ts'
import { agentProfile, knobsFor, now, snapshot, trialRecord } from '../../support/profiles.ts'

const change = { knob: 'sourceParallelism', from: 1, to: 4 }
const undecided = (improvement: number, known: Partial<TrialRecord> = {}) =>
  trialRecord({
    agentId: 'hunter',
    kind: 'hunter',
    verdict: 'undecided',
    changes: [change],
    improvement,
    interval: [improvement - 12, improvement + 12],
    ...known,
  })
const expected = { mean: 10, variance: 50 }
const repeated = (trials: TrialRecord[], current: Record<string, number> = { sourceParallelism: 1 }) =>
  worthRepeating(trials, { metric: 'responseTime', current, expected, now }, () => true)

describe('an undecided change', () => {
  test('is measured again where it most likely helps, and says why', () => {
    expect(repeated([undecided(11)])).toEqual({
      changes: [change],
      why: expect.stringMatching(
        /^sourceParallelism 1 → 4: undecided at an improvement of 11.0, which helps with a probability of \d+ %, so it is measured again$/,
      ),
    })
  })

  test.each([
    ['measured next to nothing', [undecided(3)]],
    ['was measured once more, with less to show', [undecided(11), undecided(0)]],
    ['was measured three times', [undecided(11), undecided(11), undecided(11)]],
    ['was rolled back the other time', [undecided(11), undecided(-20, { verdict: 'roll-back' })]],
    ['was for another metric', [undecided(11, { metric: 'successRate' })]],
    ['was measured two days ago', [undecided(11, { at: now - 48 * 3_600_000 })]],
    ['measured nothing', [undecided(0, { improvement: null, interval: null })]],
  ])('is not, where it %s', (_, trials) => {
    expect(repeated(trials)).toBeUndefined()
  })

  test('is not, where its knob stands elsewhere by now', () => {
    expect(repeated([undecided(11)], { sourceParallelism: 2 })).toBeUndefined()
  })

  test('is chosen among several by how much it is believed to help', () => {
    const other = { knob: 'cacheTtlMs', from: 0, to: 150_000 }
    const current = { sourceParallelism: 1, cacheTtlMs: 0 }
    expect(repeated([undecided(11), undecided(16, { changes: [other] })], current)?.changes).toEqual([other])
  })
})

describe('in the plan of a cycle', () => {
  const values = { sourceParallelism: 1, cacheTtlMs: 0 }
  const seen = snapshot([agentProfile('hunter', { responseTime: 2800, configuration: { version: 1, values } })])
  const turned = (known: Partial<StrategyRequest> = {}) =>
    generateStrategies({
      bottlenecks: detectBottlenecks(seen, defaultThresholds),
      snapshot: seen,
      thresholds: defaultThresholds,
      knobs: knobsFor(seen),
      experience: [undecided(11)],
      policy: defaultPolicy,
      now,
      random: () => 0,
      ...known,
    }).strategies[0]?.actions.map(({ knob, to }) => [knob, to])

  test('a promising one comes before anything new', () => {
    expect(turned()).toEqual([['sourceParallelism', 4]])
  })

  test('never against what may not be tried', () => {
    const restraint = {
      maxAggressiveness: 5,
      bars: () => undefined,
      allowed: (_: unknown, knob: { name: string }, _from: unknown, to: never) =>
        knob.name === 'sourceParallelism' ? undefined : to,
    }
    expect(turned({ restraint })).not.toContainEqual(['sourceParallelism', 4])
    expect(turned({ resting: { hunter: ['sourceParallelism'] } })).not.toContainEqual(['sourceParallelism', 4])
  })
})
