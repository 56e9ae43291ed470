/** A knob as the tuner needs it; a knob that an agent declared (`model/knob.ts`) has all these fields. */
import { z } from 'zod'
import {
  conditionSchema,
  type Knob,
  type KnobValue,
  type KnobValues,
  knobValueSchema,
  validateKnobValue,
} from '../../../model/knob.ts'
import { knobNamePattern } from '../../../model/name.ts'

/** No word is reserved for the tuner, which looks names up only in maps; but `__proto__` cannot be the key of an object. */
const tunerKnobNameSchema = z
  .string()
  .regex(knobNamePattern)
  .refine((name) => name !== '__proto__', '__proto__ is a reserved word; choose another name')

/** Knob name → value. */
export const configurationSchema = z.record(tunerKnobNameSchema, knobValueSchema)

const common = {
  name: tunerKnobNameSchema,
  /** `restart` knobs cost more to change. */
  applies: z.enum(['live', 'restart']).default('live'),
  /** The metrics it affects, if known; it is then assumed to affect others hardly at all. */
  affects: z.array(z.object({ metric: z.string() })).optional(),
  /** False if its best value is assumed to lie at a bound rather than between them. */
  centred: z.boolean().optional(),
  /** Knob name → the values, or the range, at which this knob has an effect; all conditions must hold. */
  activeWhen: z.record(tunerKnobNameSchema, conditionSchema).optional(),
}
const scale = z.enum(['linear', 'log']).default('linear')

export const tunerKnobSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('int'), ...common, min: z.int(), max: z.int(), scale }),
  z.object({ type: z.literal('float'), ...common, min: z.number(), max: z.number(), scale }),
  z.object({ type: z.literal('bool'), ...common }),
  z.object({
    type: z.literal('enum'),
    ...common,
    values: z.array(z.string()).min(2),
    /** Whether the values are listed from the least to the most, such as models from small to large: neighbors are assumed to perform alike. */
    ordered: z.boolean().optional(),
  }),
  z.object({ type: z.literal('order'), ...common, values: z.array(z.string()).min(2) }),
])
export type TunerKnob = z.infer<typeof tunerKnobSchema>

/** The reason why a value may not be set on a knob; undefined if it may. The rules are the same for every knob. */
export function validateTunerKnobValue(knob: TunerKnob, value: KnobValue | undefined): string | undefined {
  return validateKnobValue(knob as Knob, value)
}

/** The reason why a configuration does not fit these knobs; undefined if it does. */
export function validateConfiguration(knobs: readonly TunerKnob[], configuration: KnobValues): string | undefined {
  const names = new Set(knobs.map(({ name }) => name))
  const unknown = Object.keys(configuration).find((name) => !names.has(name))
  if (unknown !== undefined) return `there is no knob ${unknown}`
  for (const knob of knobs) {
    const refused = validateTunerKnobValue(knob, configuration[knob.name])
    if (refused !== undefined) return refused
  }
  return undefined
}
