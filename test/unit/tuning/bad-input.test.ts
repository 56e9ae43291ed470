import { describe, expect, test } from 'vitest'
import { type AskOptions, createTuner, type TunerOptions } from '../../../src/analysis/tuning/index.ts'
import type { KnobValues } from '../../../src/model/knob.ts'
import { server, trials } from './worlds.ts'

const { options, truth } = server()
const made = (changes: Partial<TunerOptions> = {}) => createTuner({ seed: 1, ...options, ...changes })
const refusedFor = (code: string, message: RegExp) => expect.objectContaining({ code, message: expect.stringMatching(message) })
const int = { type: 'int', min: 1, max: 9 } as const

describe('a tuner cannot be created', () => {
  test.each<[string, Partial<TunerOptions>, RegExp]>([
    ['without knobs', { knobs: [], current: {} }, /knobs/],
    ['from two knobs of the same name', { knobs: [...options.knobs, options.knobs[0]!] }, /same name/],
    ['with bounds that leave nothing', { knobs: [{ name: 'a', ...int, max: 1 }], current: { a: 1 } }, /min must be below max/],
    ['with a log scale from 0', { knobs: [{ name: 'a', ...int, min: 0, scale: 'log' }], current: { a: 1 } }, /above 0/],
    [
      'with bounds that no number can tell apart',
      { knobs: [{ name: 'a', type: 'float', min: 1e6, max: 1e6 + 1.2e-10, scale: 'log' }], current: { a: 1e6 } },
      /too close/,
    ],
    [
      'with bounds between which no number can measure',
      { knobs: [{ name: 'a', type: 'float', min: -1e308, max: 1e308 }], current: { a: 1 } },
      /too far apart/,
    ],
    ['with a value listed twice', { knobs: [{ name: 'a', type: 'enum', values: ['x', 'x'] }], current: { a: 'x' } }, /twice/],
    [
      'where the bounds exclude the current value',
      { current: { ...options.current, pool: 1000 } },
      /pool must be from 1 to 256, not 1000/,
    ],
    ['where the current value of a knob is missing', { current: { cache: 64 } }, /pool must be a number/],
    ['where the current configuration has a knob too many', { current: { ...options.current, nose: 1 } }, /no knob nose/],
    [
      'with a knob that depends on none',
      { knobs: [{ name: 'a', ...int, activeWhen: { b: [1] } }], current: { a: 1 } },
      /not a knob/,
    ],
    [
      'with knobs that depend on each other',
      {
        knobs: [
          { name: 'a', ...int, activeWhen: { b: [1] } },
          { name: 'b', ...int, activeWhen: { a: [1] } },
        ],
        current: { a: 1, b: 1 },
      },
      /depends on itself/,
    ],
    [
      'with a condition that can never hold',
      {
        knobs: [
          { name: 'a', ...int },
          { name: 'b', ...int, activeWhen: { a: [10] } },
        ],
        current: { a: 1, b: 1 },
      },
      /never be active/,
    ],
    ['with a constraint without a bound', { constraints: [{ metric: 'memory' }] }, /min or a max/],
    [
      'with a constraint that nothing can keep',
      { constraints: [{ metric: 'memory', min: 2, max: 1 }] },
      /min must not be above max/,
    ],
  ])('%s', (_, changes, message) => {
    expect(() => made(changes)).toThrow(refusedFor('unusable-options', message))
  })
})

describe('a measurement is refused', () => {
  const metrics = {
    latency: { value: 100, standardError: 5, samples: 10 },
    memory: { value: 0.5, standardError: 0.01, samples: 10 },
  }
  test.each([
    ['that is not a number', { ...metrics, latency: { ...metrics.latency, value: Number.NaN } }, options.current, /NaN/],
    ['that is infinite', { ...metrics, latency: { ...metrics.latency, value: Infinity } }, options.current, /Infinity/],
    ['too large to be one', { ...metrics, latency: { ...metrics.latency, value: 1e300 } }, options.current, /<=1e\+100/],
    ['whose error is negative', { ...metrics, memory: { ...metrics.memory, standardError: -1 } }, options.current, />=0/],
    ['that lacks a constraint’s metric', { latency: metrics.latency }, options.current, /memory is missing/],
    ['of values out of bounds', metrics, { ...options.current, pool: 0 }, /pool must be from 1 to 256/],
  ])('%s, and leaves no trace', (_, told, configuration, message) => {
    const tuner = made()
    const before = tuner.state()
    expect(() => tuner.tell({ configuration, metrics: told })).toThrow(refusedFor('unusable-measurement', message))
    expect(tuner.state()).toEqual(before)
  })
})

test('a missing metric is noticed, whatever its name', () => {
  const tuner = made({ objective: { metric: 'constructor', direction: 'minimize' }, constraints: [] })
  const metrics = { latency: { value: 100, standardError: 5 } }
  expect(() => tuner.tell({ configuration: options.current, metrics })).toThrow(
    refusedFor('unusable-measurement', /constructor is missing.*pass `failed: true`/),
  )
})

test('later changes to objects that were asked or told have no effect', () => {
  const tuner = made()
  const asked = tuner.ask({ aggressiveness: 3 })
  const told = trials({ options, truth }, 1)(asked.configuration)
  const before = structuredClone(told)
  tuner.tell(told)
  for (const each of [asked.configuration, told.configuration]) each.pool = 1000
  told.metrics.latency!.value = Number.NaN
  expect(tuner.state().told).toEqual([{ configuration: before.configuration, metrics: before.metrics, era: 0 }])
  expect(made({ state: tuner.state() }).ask({ aggressiveness: 3 })).toEqual(tuner.ask({ aggressiveness: 3 }))
})

test('a configuration that was never asked is learned like any other', () => {
  const tuner = made()
  const trial = trials({ options, truth }, 1)
  tuner.tell(trial(options.current))
  const better = { ...options.current, cache: 1500, pool: 30 }
  tuner.tell(trial(better))
  expect(tuner.recommend().configuration).toEqual(better)
})

describe('an ask is refused', () => {
  test.each<[string, object, RegExp]>([
    ['of no level', {}, /aggressiveness/],
    ['of a level that there is not', { aggressiveness: 6 }, /aggressiveness/],
    ['with a pending configuration out of bounds', { pending: [{ ...options.current, pool: 0 }] }, /pool must be from 1 to 256/],
    ['with something pending that is no configuration', { pending: [null] }, /pending/],
    ['for a range that is empty', { turnable: { pool: { min: 20, max: 10 } } }, /pool has no value from 20 to 10/],
    ['for a range beyond the declared one', { turnable: { pool: { min: 1000 } } }, /pool has no value from 1000 to 256/],
    ['for a range between two whole numbers', { turnable: { pool: { min: 20.2, max: 20.8 } } }, /pool has no value/],
    ['for a range that is not a number', { turnable: { pool: { min: Number.NaN } } }, /turnable\.pool\.min/],
    ['for a range of what is no number', { turnable: { codec: { min: 0 } } }, /codec is not numeric/],
    ['for a list of values of what is no enum', { turnable: { pool: { values: ['none'] } } }, /pool is not an enum/],
    ['for a value that an enum does not have', { turnable: { codec: { values: ['brotli?'] } } }, /codec has no value brotli\?/],
    ['for less than no changes', { maxChanges: -1 }, /maxChanges/],
    ['for what nothing can reach', { toProve: 1 }, /toProve/],
  ])('%s', (what, ask, message) => {
    const level = what.includes('level') ? {} : { aggressiveness: 3 }
    expect(() => made().ask({ ...level, ...ask } as AskOptions)).toThrow(refusedFor('unusable-options', message))
  })
})

test('only the named knobs may be turned, whatever their names, and whole numbers stay whole', () => {
  const knobs = [
    { name: 'constructor', ...int },
    { name: 'pool', ...int },
  ]
  const current: KnobValues = { constructor: 3, pool: 3 }
  const tuner = createTuner({ seed: 1, knobs, current, objective: { metric: 'latency', direction: 'minimize' } })
  for (let i = 0; i < 10; i++) {
    const { configuration } = tuner.ask({ aggressiveness: 5, turnable: { pool: { min: 0.5, max: 6.5 }, nose: {} } })
    tuner.tell({ configuration, metrics: { latency: { value: 100 - 10 * Number(configuration.pool), standardError: 1 } } })
  }
  const tried = tuner.state().told.map(({ configuration }) => configuration)
  expect(new Set(tried.map((each) => each.constructor))).toEqual(new Set([3]))
  expect(Math.max(...tried.map(({ pool }) => Number(pool)))).toBe(6)
})

test('experience that does not match the knobs is ignored', () => {
  const trial = trials({ options, truth }, 1)
  const stranger = { ...trial(options.current), configuration: { tentacles: 8 } }
  const asked = (tuner: ReturnType<typeof made>) => {
    tuner.tell(trials({ options, truth }, 2)(options.current))
    return tuner.ask({ aggressiveness: 3 })
  }
  expect(asked(made({ experience: [stranger] }))).toEqual(asked(made()))
})

test('metrics that never change neither stop nor break the tuner', () => {
  const tuner = made()
  for (let i = 0; i < 8; i++) {
    const { configuration } = tuner.ask({ aggressiveness: 3 })
    tuner.tell({
      configuration,
      metrics: { latency: { value: 100, standardError: 0 }, memory: { value: 0.5, standardError: 0 } },
    })
  }
  const { expected } = tuner.recommend()
  expect(expected!.mean).toBeCloseTo(100, 0)
})

test('a metric that once falls below zero, within its error, is not a shift of the workload', () => {
  const knobs = [{ name: 'a', type: 'float', min: 0, max: 1 } as const]
  const objective = { metric: 'profit', direction: 'maximize' } as const
  const tuner = createTuner({ seed: 1, knobs, current: { a: 0.5 }, objective })
  for (const value of [300, 250, 280, 320, -50, 260, 300, 280]) {
    const { configuration } = tuner.ask({ aggressiveness: 3 })
    tuner.tell({ configuration, metrics: { profit: { value, standardError: 200 } } })
    for (const surprise of tuner.state().surprises) expect(Math.abs(surprise)).toBeLessThan(2)
  }
  expect(tuner.state().era).toBe(0)
})

test('200 knobs can be tuned', () => {
  const knobs = Array.from({ length: 200 }, (_, i) => ({ name: `k${i}`, type: 'float', min: 0, max: 1 }) as const)
  const current = Object.fromEntries(knobs.map(({ name }) => [name, 0.5]))
  const tuner = createTuner({ seed: 1, knobs, current, objective: { metric: 'latency', direction: 'minimize' } })
  for (let i = 0; i < 5; i++) {
    const { configuration } = tuner.ask({ aggressiveness: 3 })
    const value = 100 * Object.values(configuration).reduce<number>((product, x) => product * (1 + (Number(x) - 0.2) ** 2), 1)
    tuner.tell({ configuration, metrics: { latency: { value, standardError: value / 20 } } })
  }
  expect(tuner.state().told).toHaveLength(5)
})

describe('a state is refused', () => {
  test('of an older version, with what to do instead', () => {
    expect(() => made({ state: { version: 0, observations: [] } })).toThrow(
      refusedFor('other-state-version', /version 0.*as experience/),
    )
  })
  test('that is damaged', () => {
    expect(() => made({ state: { ...made().state(), told: 'yes' } })).toThrow(refusedFor('unusable-state', /told/))
  })
  test('whose models are damaged, belong to other knobs, or have too many observations', () => {
    const tuner = made()
    tuner.tell(trials({ options, truth }, 1)(options.current))
    const state = tuner.state()
    for (const before of [[[]], [[0, 0]], [Array(10).fill(1e308)]])
      expect(() => made({ state: { ...state, parameters: { before, after: null } } })).toThrow(
        refusedFor('unusable-state', /parameters/),
      )
    expect(() => made({ state: { ...state, told: Array(101).fill(state.told[0]) } })).toThrow(
      refusedFor('unusable-state', /told/),
    )
    expect(() => made({ state: { ...state, told: [{ ...state.told[0], era: 1 }] } })).toThrow(refusedFor('unusable-state', /era/))
  })
  test('that was made for other knobs', () => {
    const tuner = made()
    tuner.tell(trials({ options, truth }, 1)(options.current))
    const knobs = [{ name: 'a', ...int }]
    expect(() => made({ knobs, current: { a: 1 }, state: tuner.state() })).toThrow(refusedFor('unusable-state', /no knob cache/))
  })
})
