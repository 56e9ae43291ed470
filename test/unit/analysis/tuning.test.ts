import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { localSearch, type TuningRequest } from '../../../src/analysis/tuning/index.ts'
import type { TrialRecord } from '../../../src/model/experience.ts'
import { type KnobInput, type KnobValue, refusal, sameValue } from '../../../src/model/knob.ts'
import { arbitraryKnobs, arbitraryTrial, arbitraryValue } from '../../support/arbitrary-knobs.ts'
import { agentKnobs, knob, now, trialRecord } from '../../support/profiles.ts'

function propose(known: Partial<TuningRequest>) {
  return localSearch.propose({
    knobs: agentKnobs,
    current: {},
    metric: 'responseTime',
    trials: [],
    aggressiveness: 3,
    resourceMode: 'normal',
    exclude: new Set(),
    ...known,
  })
}
type NumberInput = Extract<KnobInput, { type: 'int' | 'float' }>
const parallelism = (declared: Partial<NumberInput> = {}) =>
  knob({
    name: 'parallelism',
    type: 'int',
    min: 1,
    max: 16,
    default: 1,
    purpose: 'parallelism',
    affects: [{ metric: 'responseTime', improves: 'increase' }],
    ...declared,
  } as KnobInput)
const tried = (from: KnobValue, to: KnobValue, known: Partial<TrialRecord>) =>
  trialRecord({ changes: [{ knob: 'parallelism', from, to }], ...known })
const next = (known: Partial<TuningRequest>, declared: Partial<NumberInput> = {}) =>
  propose({ knobs: [parallelism(declared)], ...known })?.changes[0]?.to

test('every proposal keeps within bounds and types, changes something, and is the same each time', () => {
  const request = arbitraryKnobs.chain((knobs) =>
    fc.record({
      knobs: fc.constant(knobs),
      current: fc
        .tuple(...knobs.map(arbitraryValue))
        .map((values) => Object.fromEntries(knobs.map(({ name }, i) => [name, values[i]!]))),
      trials: fc.array(arbitraryTrial(knobs), { maxLength: 12 }),
      aggressiveness: fc.integer({ min: 1, max: 5 }),
      resourceMode: fc.constantFrom('normal' as const, 'reduce' as const),
      exclude: fc.constantFrom(new Set<string>(), new Set(['k0'])),
    }),
  )
  fc.assert(
    fc.property(request, (known) => {
      const proposal = propose(known)
      for (const { knob: name, from, to } of proposal?.changes ?? []) {
        const turned = known.knobs.find((declared) => declared.name === name)!
        expect(refusal(turned, to)).toBeUndefined()
        expect(from).toEqual(known.current[name])
        expect(sameValue(from, to)).toBe(false)
        expect(known.exclude).not.toContain(name)
      }
      expect(propose(known)).toEqual(proposal)
    }),
    { numRuns: 500 },
  )
})

describe('the first step', () => {
  test('is a quarter of the way to the bound at level 3, and grows with the aggressiveness', () => {
    expect(next({})).toBe(4)
    expect([1, 2, 3, 4, 5].map((aggressiveness) => next({ aggressiveness }))).toEqual([2, 3, 4, 7, 10])
  })

  test('is threefold at the far end of a log scale', () => {
    expect(next({}, { scale: 'log' })).toBe(3)
  })

  test('is a real one from nothing', () => {
    expect(next({}, { min: 0, max: 600_000, default: 0 })).toBe(150_000)
  })

  test('flips a bool and moves an order by one element', () => {
    const affects = [{ metric: 'responseTime' as const }]
    const flag = knob({ name: 'flag', type: 'bool', default: false, purpose: 'caching', affects })
    expect(propose({ knobs: [flag] })?.changes).toEqual([{ knob: 'flag', from: false, to: true }])
    const order = knob({
      name: 'order',
      type: 'order',
      values: ['a', 'b', 'c'],
      default: ['a', 'b', 'c'],
      purpose: 'decision',
      affects,
    })
    expect(propose({ knobs: [order] })?.changes[0]?.to).toEqual(['b', 'a', 'c'])
  })

  test('turns no knob that does not affect the metric, needs a restart or is riskier than the level allows', () => {
    expect(next({ metric: 'successRate' })).toBeUndefined()
    expect(next({}, { applies: 'restart' })).toBeUndefined()
    expect(next({ aggressiveness: 2 }, { risk: 'high' })).toBeUndefined()
    expect(next({ aggressiveness: 5 }, { risk: 'high' })).toBe(10)
  })
})

describe('after trials', () => {
  test('a proven step is followed by a bolder one the same way', () => {
    expect(next({ current: { parallelism: 4 }, trials: [tried(1, 4, { improvement: 30 })] })).toBe(10)
  })

  test('neither a rolled back value nor anything beyond it is tried again', () => {
    expect(next({ trials: [tried(1, 4, { verdict: 'roll-back', improvement: -20 })] })).toBeUndefined()
  })

  test('a rolled back step past a proven one is followed by one half as far', () => {
    const trials = [tried(1, 4, { at: now - 2 }), tried(4, 10, { verdict: 'roll-back', improvement: -20, at: now - 1 })]
    expect(next({ current: { parallelism: 4 }, trials })).toBe(7)
  })

  test('what a person, not the judge, ended speaks for no other way, and is not tried again by itself', () => {
    const trials = [tried(8, 10, { verdict: 'roll-back', unjudged: true, improvement: 20 })]
    expect(next({ current: { parallelism: 8 }, trials })).toBeUndefined()
  })

  test('the other way is tried once the declared one was rolled back', () => {
    const trials = [tried(8, 10, { verdict: 'roll-back', improvement: -20 })]
    expect(next({ current: { parallelism: 8 }, trials })).toBe(7)
  })

  test('an undecided step is followed by a bolder one where it looked good, by a smaller one where it did not', () => {
    expect(next({ trials: [tried(1, 4, { verdict: 'undecided', improvement: 3 })] })).toBe(8)
    expect(next({ trials: [tried(1, 4, { verdict: 'undecided', improvement: -1 })] })).toBe(2)
  })

  test('a way is given up after two undecided steps, until another change is kept', () => {
    const trials = [
      tried(1, 4, { verdict: 'undecided', improvement: 3, at: now - 9 }),
      tried(1, 8, { verdict: 'undecided', improvement: 2, at: now - 8 }),
    ]
    expect(next({ trials })).toBeUndefined()
    const kept = trialRecord({ changes: [{ knob: 'other', from: 1, to: 2 }], at: now - 7 })
    expect(next({ trials: [...trials, kept] })).toBe(4)
  })

  test('a trial that measured nothing says nothing', () => {
    expect(next({ trials: [tried(1, 4, { verdict: 'undecided', improvement: null })] })).toBe(4)
  })

  test('what broke a guardrail comes after everything else', () => {
    const broke = trialRecord({ changes: [{ knob: 'depth', from: 4, to: 2 }], verdict: 'roll-back', improvement: 30 })
    const names = propose({ trials: [broke], aggressiveness: 5 })?.changes.map((change) => change.knob)
    expect(names).toEqual(['sourceParallelism', 'cacheTtlMs'])
  })
})

describe('bundles', () => {
  test('level 3 turns two untried knobs of different purposes together, levels 1 and 2 one, 4 and 5 three', () => {
    const sizes = [1, 2, 3, 4, 5].map((aggressiveness) => propose({ aggressiveness })?.changes.length)
    expect(sizes).toEqual([1, 1, 2, 3, 3])
  })

  test.each(['roll-back', 'undecided'] as const)('the knobs of a bundle that ended %s are tried singly', (verdict) => {
    const bundle = trialRecord({
      verdict,
      improvement: -3,
      changes: [
        { knob: 'sourceParallelism', from: 1, to: 4 },
        { knob: 'cacheTtlMs', from: 0, to: 150_000 },
      ],
    })
    const knobs = agentKnobs.filter(({ name }) => name !== 'depth')
    expect(propose({ knobs, trials: [bundle] })?.changes).toEqual([{ knob: 'sourceParallelism', from: 1, to: 4 }])
    expect(propose({ trials: [bundle] })?.changes.map((change) => change.knob)).toEqual(['depth'])
  })
})

describe('with fewer resources', () => {
  const pool = parallelism({
    affects: [
      { metric: 'responseTime', improves: 'increase' },
      { metric: 'resourceEfficiency', improves: 'decrease' },
    ],
  })
  const depth = agentKnobs.find(({ name }) => name === 'depth')!

  test('computing less comes before adding workers', () => {
    expect(propose({ knobs: [pool, depth], resourceMode: 'reduce', maxChanges: 1 })?.changes[0]?.knob).toBe('depth')
  })
})

test('three proven trials more than halve a response time made of waiting, cache misses and computing', () => {
  const current: Record<string, KnobValue> = Object.fromEntries(agentKnobs.map((declared) => [declared.name, declared.default]))
  const responseTime = (values: Record<string, KnobValue>) =>
    (2400 / Math.min(8, Number(values.sourceParallelism))) * (1 / (1 + Number(values.cacheTtlMs) / 300_000)) +
    50 * Number(values.depth)
  const trials: TrialRecord[] = []
  const before = responseTime(current)
  for (let i = 0; i < 3; i++) {
    const changes = propose({ current, trials })!.changes
    const changed = { ...current, ...Object.fromEntries(changes.map((change) => [change.knob, change.to])) }
    const improvement = (1 - responseTime(changed) / responseTime(current)) * 100
    const verdict = improvement > 5 ? 'keep' : improvement < -5 ? 'roll-back' : 'undecided'
    trials.push(trialRecord({ changes, improvement, verdict, at: now + i }))
    if (verdict === 'keep') Object.assign(current, changed)
  }
  expect(responseTime(current)).toBeLessThan(before / 2)
})
