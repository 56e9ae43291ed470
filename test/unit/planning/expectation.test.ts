import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  computeExpectation,
  computeImprovementPosterior,
  createEvidenceKey,
  groupEvidence,
  withoutExpectedGain,
} from '../../../src/analysis/planning/expectation/index.ts'
import type { FinishedTrial } from '../../../src/model/finished-trial.ts'
import { now, trialRecord } from '../../support/profiles.ts'
import { random } from '../judging/random.ts'

const prior = { improvement: 17.5, implementationTime: 120_000 }
const hunter = { agentId: 'hunter-1', kind: 'hunter' }
const sort = createEvidenceKey('agent_response_time', 'responseTime')
const evidence = (trials: FinishedTrial[]) => groupEvidence(trials).get(sort) ?? []
const expected = (trials: FinishedTrial[], subject = hunter) => computeExpectation(prior, subject, evidence(trials))
const trials = (improvements: number[], known: Partial<FinishedTrial> = {}) =>
  improvements.map((improvement, i) =>
    trialRecord({ ...hunter, improvement, interval: [improvement - 5, improvement + 5], at: now + i, ...known }),
  )

describe('what a strategy promises', () => {
  test('is exactly the documents’ prior if nothing was tried, with a wide interval around it', () => {
    const { interval, ...rest } = expected([])
    expect(rest).toEqual({ ...prior, uncertainty: 0 })
    expect(interval[0]).toBeLessThan(0)
    expect(interval[1]).toBeGreaterThan(30)
  })

  test('moves toward the measurements, kept or not, and becomes more certain with every trial', () => {
    const after = [1, 3, 10].map((count) => expected(trials(Array(count).fill(2))))
    const promises = after.map(({ improvement }) => improvement)
    expect(promises).toEqual(promises.toSorted((a, b) => b - a))
    expect(promises[2]).toBeLessThan(5)
    const doubts = after.map(({ uncertainty }) => uncertainty)
    expect(doubts).toEqual(doubts.toSorted((a, b) => b - a))
    const undecided = trials(Array(10).fill(2), { verdict: 'undecided' })
    expect(expected(undecided)).toEqual(after[2])
  })

  test('is nothing if a change is tried to learn its effect, and its range includes harm', () => {
    const usual = expected(trials([60, 60, 60]))
    expect(usual.interval[0]).toBeGreaterThan(0)
    const { improvement, interval, uncertainty } = withoutExpectedGain(usual)
    expect([improvement, uncertainty]).toEqual([0, usual.uncertainty])
    expect(interval[0]).toBeLessThan(-5)
    expect(interval[1]).toBe(usual.interval[1])
    const harmful = expected(trials([-20, -20, -20]))
    expect(withoutExpectedGain(harmful).improvement).toBe(harmful.improvement)
  })

  test('follows the agent itself and its kind more than other agents', () => {
    const weak = Array(4).fill(0)
    const own = expected(trials(weak)).improvement
    const kind = expected(trials(weak, { agentId: 'hunter-2' })).improvement
    const other = expected(trials(weak, { agentId: 'analyzer', kind: 'analyzer' })).improvement
    expect(own).toBeLessThan(other)
    expect(kind).toBeLessThan(other)
    expect(other).toBeLessThan(prior.improvement)
  })

  test('does not expect a large gain, such as that of a better model, a second time', () => {
    const { improvement, interval } = expected(trials([75]))
    expect(improvement).toBeLessThan(25)
    expect(improvement).toBeGreaterThan(prior.improvement - 5)
    expect(interval[0]).toBeLessThan(10)
    // For others of its kind, which have not made it yet, it is evidence.
    expect(expected(trials([75]), { ...hunter, agentId: 'hunter-2' }).improvement).toBeGreaterThan(40)
  })

  test('accounts for an agent’s first trials bringing more than its later ones', () => {
    const lineage = [30, 20, 12, 3, 1, 0, 0]
    const others = ['hunter-2', 'hunter-3', 'hunter-4', 'hunter-5'].flatMap((agentId) => trials(lineage, { agentId }))
    const first = expected(others).improvement
    const sixth = expected([...others, ...trials(lineage.slice(0, 5))]).improvement
    expect(first).toBeGreaterThan(15)
    expect(sixth).toBeLessThan(first / 2)
  })

  test('ignores trials without a measurement, of other strategies and of other metrics', () => {
    const foreign = [
      ...trials([50], { type: 'predictive_optimization' }),
      ...trials([50], { metric: 'successRate' }),
      ...trials([50], { improvement: null, interval: null }),
    ]
    expect(expected(foreign)).toEqual(expected([]))
  })

  test('weighs a trial by its precision', () => {
    const sure = expected(trials([0], { interval: [-1, 1] })).improvement
    const vague = expected(trials([0], { interval: [-60, 60] })).improvement
    expect(sure).toBeLessThan(vague)
  })

  test('is as long as trials on its kind took', () => {
    const took = (executionTimeMs: number, known = {}) => trials([1], { executionTimeMs, ...known })
    expect(expected([...took(60_000), ...took(90_000), ...took(300_000, { agentId: 'a', kind: 'a' })]).implementationTime).toBe(
      75_000,
    )
    expect(expected(took(300_000, { agentId: 'a', kind: 'a' })).implementationTime).toBe(300_000)
  })
})

test('the interval is calibrated by the results of earlier promises, although the model does not know their noise', () => {
  for (const noise of [5, 25]) {
    const dice = random(7)
    const seen: FinishedTrial[] = []
    let inside = 0
    for (let i = 0; i < 300; i++) {
      const agentId = `hunter-${i % 30}`
      const { improvement, interval } = expected(seen, { agentId, kind: 'hunter' })
      const measured = 8 + noise * dice.normal()
      if (i >= 50 && measured >= interval[0] && measured <= interval[1]) inside++
      seen.push(...trials([measured], { agentId, predicted: improvement, at: now + i }))
    }
    expect(inside / 250).toBeGreaterThan(0.72)
    expect(inside / 250).toBeLessThan(0.88)
  }
})

test('a belief lies between the prior and the measurements, with its interval around it or close to it', () => {
  const trial = fc.record({
    agentId: fc.constantFrom('hunter-1', 'hunter-2', 'analyzer-1'),
    improvement: fc.double({ min: -90, max: 90, noNaN: true }),
    at: fc.nat(),
  })
  fc.assert(
    fc.property(fc.array(trial, { maxLength: 30 }), (some) => {
      const seen = some.map((known) => trialRecord({ kind: known.agentId.split('-')[0]!, ...known }))
      const { mean, variance } = computeImprovementPosterior(prior.improvement, hunter, evidence(seen))
      const known = [prior.improvement, ...some.map(({ improvement }) => improvement)]
      expect(mean).toBeGreaterThanOrEqual(Math.min(...known) - 1e-6)
      expect(mean).toBeLessThanOrEqual(Math.max(...known) + 1e-6)
      expect(variance).toBeGreaterThan(0)
      const { interval } = expected(seen)
      expect(interval[0]).toBeLessThan(interval[1])
    }),
  )
})
