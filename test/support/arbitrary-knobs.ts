/** Arbitrary knobs, values and trials for property tests. */
import fc from 'fast-check'
import type { FinishedTrial } from '../../src/model/finished-trial.ts'
import { type Knob, type KnobInput, type KnobValue, knobSchema } from '../../src/model/knob.ts'
import { trialRecord } from './profiles.ts'

const metric = fc.constantFrom('responseTime', 'successRate', 'coordinationScore')
const described = {
  purpose: fc.constantFrom('caching', 'parallelism', 'decision', 'resources'),
  affects: fc.uniqueArray(fc.record({ metric, improves: fc.constantFrom('increase', 'decrease', 'unknown') }), {
    minLength: 1,
    maxLength: 3,
    selector: (affected) => affected.metric,
  }),
  risk: fc.constantFrom('low', 'medium', 'high'),
}
const choices = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 2 })
const wholeRange = fc.tuple(fc.integer({ min: -1000, max: 1_000_000 }), fc.integer({ min: 1, max: 1_000_000 }))
const range = fc.tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-3, max: 1e6, noNaN: true }))
const positive = ([min, width]: [number, number]): [number, number] => [Math.abs(min) + 1, width]

const input = fc.oneof(
  fc.record({ type: fc.constant('int'), scale: fc.constant('linear'), bounds: wholeRange, ...described }),
  fc.record({ type: fc.constant('int'), scale: fc.constant('log'), bounds: wholeRange.map(positive), ...described }),
  fc.record({ type: fc.constant('float'), scale: fc.constant('linear'), bounds: range, ...described }),
  fc.record({ type: fc.constant('float'), scale: fc.constant('log'), bounds: range.map(positive), ...described }),
  fc.record({ type: fc.constant('bool'), default: fc.boolean(), ...described }),
  fc.record({ type: fc.constantFrom('enum', 'order'), values: choices, ...described }),
)

/** A knob named k0, k1 …, standing anywhere within its bounds. */
function knobAt(index: number, declared: Record<string, unknown>): Knob {
  const { bounds, values, ...rest } = declared as { bounds?: [number, number]; values?: string[]; type: string }
  const placed = bounds && { min: bounds[0], max: bounds[0] + bounds[1], default: bounds[0] }
  const listed = values && { values, default: rest.type === 'order' ? values : values[0] }
  return knobSchema.parse({ name: `k${index}`, ...rest, ...placed, ...listed } as KnobInput)
}
export const arbitraryKnobs: fc.Arbitrary<Knob[]> = fc
  .array(input, { minLength: 1, maxLength: 8 })
  .map((declared) => declared.map((one, index) => knobAt(index, one)))

/** Any value the knob takes. */
export function arbitraryValue(knob: Knob): fc.Arbitrary<KnobValue> {
  switch (knob.type) {
    case 'int':
      return fc.integer({ min: knob.min, max: knob.max })
    case 'float':
      return fc.double({ min: knob.min, max: knob.max, noNaN: true })
    case 'bool':
      return fc.boolean()
    case 'enum':
      return fc.constantFrom(...knob.values)
    case 'order':
      return fc.shuffledSubarray(knob.values, { minLength: knob.values.length })
  }
}

/** Any finished trial on these knobs. */
export function arbitraryTrial(knobs: Knob[]): fc.Arbitrary<FinishedTrial> {
  const change = fc
    .constantFrom(...knobs)
    .chain((knob) => fc.record({ knob: fc.constant(knob.name), from: arbitraryValue(knob), to: arbitraryValue(knob) }))
  return fc
    .record({
      metric: fc.constantFrom('responseTime' as const, 'successRate' as const),
      verdict: fc.constantFrom('keep' as const, 'roll-back' as const, 'undecided' as const),
      improvement: fc.option(fc.integer({ min: -50, max: 80 })),
      changes: fc.uniqueArray(change, { minLength: 1, maxLength: 3, selector: ({ knob }) => knob }),
      at: fc.nat(),
    })
    .map(trialRecord)
}
