import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTuner, type Observation, type TunerOptions } from '../../../src/analysis/tuning/index.ts'
import { type KnobValues, validateKnobValues } from '../../../src/model/knob.ts'
import { arbitraryKnobs, arbitraryValue } from '../../support/arbitrary-knobs.ts'

const measurement = fc.record({
  value: fc.double({ min: 0.01, max: 1e4, noNaN: true }),
  standardError: fc.double({ min: 0, max: 10, noNaN: true }),
  samples: fc.nat(),
})

/** Knobs, somewhere to begin, and what the first trials will measure. */
const situation = arbitraryKnobs.chain((knobs) =>
  fc.record({
    knobs: fc.constant(knobs),
    current: fc.record(Object.fromEntries(knobs.map((knob) => [knob.name, arbitraryValue(knob)]))) as fc.Arbitrary<KnobValues>,
    measured: fc.array(fc.record({ latency: measurement, memory: measurement }), { minLength: 3, maxLength: 5 }),
    seed: fc.integer(),
    aggressiveness: fc.integer({ min: 1, max: 5 }),
  }),
)
type Situation = typeof situation extends fc.Arbitrary<infer S> ? S : never

const optionsOf = ({ knobs, current, seed }: Situation): TunerOptions => ({
  seed,
  knobs,
  current,
  objective: { metric: 'latency', direction: 'minimize' },
  constraints: [{ metric: 'memory', max: 5000 }],
})

function play(options: TunerOptions, { measured, aggressiveness }: Situation, halfway?: (told: number) => boolean) {
  let tuner = createTuner(options)
  const asked = measured.map((metrics, told) => {
    const { configuration } = tuner.ask({ aggressiveness })
    tuner.tell({ configuration, metrics } as Observation)
    if (halfway?.(told)) tuner = createTuner({ ...options, state: JSON.parse(written(tuner.state())) })
    return configuration
  })
  return [...asked, tuner.ask({ aggressiveness }).configuration, tuner.recommend().configuration]
}

const runs = { numRuns: 12 }
const written = (value: unknown) => JSON.stringify(value)

test('every configuration from ask or recommend is within the bounds and has every knob', () => {
  fc.assert(
    fc.property(situation, (each) => {
      for (const configuration of play(optionsOf(each), each)) {
        expect(validateKnobValues(each.knobs, configuration)).toEqual([])
        expect(Object.keys(configuration)).toEqual(each.knobs.map(({ name }) => name))
      }
    }),
    runs,
  )
})

test('the same seed and tells lead to the same asks, even if the tuner is rebuilt from its state after each one', () => {
  fc.assert(
    fc.property(situation, (each) => {
      const once = play(optionsOf(each), each)
      expect(written(play(optionsOf(each), each))).toBe(written(once))
      expect(written(play(optionsOf(each), each, () => true))).toBe(written(once))
    }),
    runs,
  )
})

test('a state survives serialization, whether or not the tuner was asked since', () => {
  fc.assert(
    fc.property(situation, (each) => {
      const tuner = createTuner(optionsOf(each))
      tuner.tell({ configuration: each.current, metrics: each.measured[0]! })
      for (const state of [tuner.state(), tuner.ask({ aggressiveness: 3 }) && tuner.state()]) {
        const again = createTuner({ ...optionsOf(each), state: JSON.parse(written(state)) })
        expect(written(again.state())).toBe(written(state))
        expect(written(again.ask({ aggressiveness: 3 }))).toBe(written(tuner.ask({ aggressiveness: 3 })))
      }
    }),
    runs,
  )
})

test('neither a recommendation nor a later change to a told observation has an effect on the tuner', () => {
  fc.assert(
    fc.property(situation, (each) => {
      const tuner = createTuner(optionsOf(each))
      const observation = { configuration: { ...each.current }, metrics: { ...each.measured[0]! } }
      tuner.tell(observation)
      const before = tuner.state()
      tuner.recommend()
      observation.configuration.k0 = 'elsewhere'
      observation.metrics.latency = { ...observation.metrics.latency, value: Number.NaN }
      expect(tuner.state()).toEqual(before)
    }),
    runs,
  )
})

test('a knob is only turned if it has an effect', () => {
  const options: Omit<TunerOptions, 'seed'> = {
    knobs: [
      { name: 'hedge', type: 'bool' },
      { name: 'after', type: 'int', min: 1, max: 1000, scale: 'log', activeWhen: { hedge: [true] } },
      { name: 'retries', type: 'int', min: 0, max: 5 },
    ],
    current: { hedge: false, after: 100, retries: 1 },
    objective: { metric: 'latency', direction: 'minimize' },
  }
  fc.assert(
    fc.property(fc.integer(), fc.array(measurement, { minLength: 6, maxLength: 10 }), (seed, measured) => {
      const tuner = createTuner({ seed, ...options })
      for (const latency of measured) {
        const { configuration } = tuner.ask({ aggressiveness: 5 })
        if (!configuration.hedge) expect(configuration.after).toBe(100)
        tuner.tell({ configuration, metrics: { latency } })
      }
    }),
    runs,
  )
})
