/** Asks for trials that run alongside what is proven, and are bound by what may be turned. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AskOptions, createTuner } from '../../../src/analysis/tuning/index.ts'
import { isSameValue, type KnobValues } from '../../../src/model/knob.ts'
import { server, trials } from './worlds.ts'

const { options } = server()
const { current } = options

/** The configurations that a tuner asks for after measuring a few; the knobs that it turns, compared with the running configuration. */
function asked(seed: number, ask: Partial<AskOptions>, tried: KnobValues[] = []) {
  const tuner = createTuner({ ...options, seed })
  const measure = trials(server(), seed)
  for (const values of [{}, ...tried]) tuner.tell(measure({ ...current, ...values }))
  const { configuration, why } = tuner.ask({ aggressiveness: 3, ...ask })
  return { configuration, why, turned: Object.keys(current).filter((name) => !isSameValue(configuration[name], current[name])) }
}
const tried: KnobValues[] = [{ cache: 128 }, { pool: 16 }, { cache: 128, pool: 16, prefetch: true }]

test('only allowed knobs are turned, within their bounds, and no more at once than requested', () => {
  const room = fc.record({
    seed: fc.integer(),
    names: fc.uniqueArray(fc.constantFrom('cache', 'pool', 'prefetch', 'codec'), { minLength: 1 }),
    maxChanges: fc.integer({ min: 1, max: 3 }),
    tried: fc.subarray(tried),
    toProve: fc.option(fc.constant(0.1), { nil: undefined }),
  })
  fc.assert(
    fc.property(room, ({ seed, names, maxChanges, tried, toProve }) => {
      const bounds = { cache: { min: 64, max: 100 }, pool: { min: 6, max: 12 }, prefetch: {}, codec: {} }
      const turnable = Object.fromEntries(names.map((name) => [name, bounds[name]]))
      const { turned, configuration } = asked(seed, { turnable, maxChanges, toProve }, tried)
      expect(names).toEqual(expect.arrayContaining(turned))
      expect(turned.length).toBeLessThanOrEqual(maxChanges)
      expect(Number(configuration.cache)).toBeLessThanOrEqual(100)
      expect(Number(configuration.pool)).toBeGreaterThanOrEqual(6)
      expect(Number(configuration.pool)).toBeLessThanOrEqual(12)
    }),
    { numRuns: 40 },
  )
})

test('an enum takes only the values that may be tried, and keeps what was learned of the others', () => {
  const { constraints, ...unlimited } = options
  const levels: KnobValues[] = ['plain', 'fast', 'small'].map((codec) => ({ ...current, codec }))
  const latency = { plain: 1_000, fast: 400, small: 600 }
  const asked = (values?: string[]) => {
    const tuner = createTuner({ ...unlimited, seed: 1, current: levels[0]! })
    for (const configuration of levels) {
      const value = latency[configuration.codec as keyof typeof latency]
      tuner.tell({ configuration, metrics: { latency: { value, standardError: 10 } } })
    }
    return tuner.ask({ aggressiveness: 3, toProve: 0.1, turnable: { codec: { values } } }).configuration.codec
  }
  expect(asked()).toBe('fast')
  expect(asked(['small'])).toBe('small')
  expect(asked([])).toBe('plain')
})

describe('if a change has to be proven against the current configuration', () => {
  const larger = (toProve: number | undefined) =>
    [1, 2, 3, 4, 5, 6, 7, 8].map(
      (seed) => asked(seed, { toProve, aggressiveness: 5, turnable: { cache: {} } }, [{ cache: 128 }]).configuration.cache,
    )
  const mean = (values: unknown[]) => values.reduce<number>((sum, value) => sum + Math.log(Number(value)), 0) / values.length

  test('steps are as large as the explored region allows, because small gains cannot be proven', () => {
    expect(mean(larger(0.2))).toBeCloseTo(Math.log(3 * 128), 1)
  })

  test('it is compared with the current configuration, not with the best so far', () => {
    const { why } = asked(1, { toProve: 0.1 }, tried)
    expect(why).toMatch(/better than the current configuration/)
  })
})

test('a knob that is declared to affect only other metrics is not expected to violate a constraint', () => {
  const risk = (metrics: string[]) => {
    const knobs = options.knobs.map((knob) =>
      knob.name === 'codec' ? { ...knob, affects: metrics.map((metric) => ({ metric })) } : knob,
    )
    const near = { ...current, cache: 3072 }
    const tuner = createTuner({ ...options, knobs, current: near, seed: 1 })
    for (const seed of [1, 2]) tuner.tell(trials(server(), seed)(near))
    return tuner.ask({ aggressiveness: 5, turnable: { codec: {} } }).risk
  }
  expect(risk(['latency'])).toBeLessThan(risk(['latency', 'memory']))
})

test('of two equally promising knobs, the one that takes effect without a restart is turned', () => {
  const knobs = (['restart', 'live'] as const).map((applies) => ({ name: applies, type: 'bool', applies }) as const)
  const start = { restart: false, live: false }
  const measured = (values: KnobValues, value: number) => ({
    configuration: { ...start, ...values },
    metrics: { latency: { value, standardError: 3 } },
  })
  const experience = [measured({}, 100), measured({ restart: true }, 80), measured({ live: true }, 80)]
  const turned = Array.from({ length: 20 }, (_, seed) => {
    const tuner = createTuner({ seed, knobs, current: start, objective: options.objective, experience })
    tuner.tell(measured({}, 100))
    return tuner.ask({ aggressiveness: 5, maxChanges: 1 }).configuration
  })
  expect(turned.filter(({ live }) => live).length).toBeGreaterThan(15)
})

test('a whole number with only two values is turned like any other choice', () => {
  const tuner = createTuner({
    seed: 1,
    knobs: [{ name: 'replicas', type: 'int', min: 1, max: 2 }],
    current: { replicas: 1 },
    objective: { metric: 'latency', direction: 'minimize' },
  })
  for (let i = 0; i < 8; i++) {
    const { configuration } = tuner.ask({ aggressiveness: 5 })
    tuner.tell({ configuration, metrics: { latency: { value: 100 / Number(configuration.replicas), standardError: 2 } } })
  }
  expect(tuner.recommend().configuration).toEqual({ replicas: 2 })
})
