import { z } from 'zod'
import { choosableMetricNameSchema } from './metric.ts'
import { knobNameSchema, safeRecordSchema } from './name.ts'
import { labelSchema, textSchema } from './text.ts'
import { warmUpSchema } from './trial-limits.ts'

/** The purpose of turning a knob, which the actions of strategies name. */
export const purposeSchema = z.enum([
  'decision',
  'caching',
  'parallelism',
  'computation',
  'data-quality',
  'confidence',
  'error-handling',
  'protocol',
  'negotiation',
  'message-overhead',
  'conflict-resolution',
  'resources',
])
export type Purpose = z.infer<typeof purposeSchema>

export const riskSchema = z.enum(['low', 'medium', 'high'])
export type Risk = z.infer<typeof riskSchema>

/** The highest of several risks; `low` if there are none. */
export function findHighestRisk(risks: readonly Risk[]): Risk {
  return riskSchema.options.findLast((risk) => risks.includes(risk)) ?? 'low'
}

const affectsSchema = z.strictObject({
  metric: choosableMetricNameSchema,
  /** The declared direction of improvement; trial results override it. */
  improves: z.enum(['increase', 'decrease', 'unknown']).default('unknown'),
})

const maxChoices = 200
export const knobValueSchema = z.union([z.number(), z.boolean(), textSchema, z.array(textSchema).max(maxChoices)], {
  error: 'must be a number, true or false, a string, or a list of strings',
})
export type KnobValue = z.infer<typeof knobValueSchema>

export const conditionSchema = z.union(
  [
    z.array(knobValueSchema).min(1).max(maxChoices),
    z
      .strictObject({ min: z.number().optional(), max: z.number().optional() })
      .refine(({ min, max }) => min !== undefined || max !== undefined, 'set a min or a max')
      .refine(({ min, max }) => !(min! > max!), 'min is above max'),
  ],
  { error: 'set a list of values, or a min or max for a number' },
)
/** Knob name → the values at which a knob has an effect; all conditions must hold. */
const conditionsSchema = safeRecordSchema(knobNameSchema, conditionSchema)

const common = {
  name: knobNameSchema,
  description: textSchema.default(''),
  purpose: purposeSchema,
  affects: z.array(affectsSchema).max(20).default([]),
  unit: labelSchema.optional(),
  risk: riskSchema.default('low'),
  /** `restart` knobs take effect only when the instance restarts. */
  applies: z.enum(['live', 'restart']).default('live'),
  /** The knob is used only while other knobs have certain values; it is not tried otherwise. */
  activeWhen: conditionsSchema.optional(),
  /** Warm-up of a new value that is not judged, if it needs more than `trials.warmUp`. */
  warmUp: warmUpSchema.optional(),
}
const numeric = {
  ...common,
  min: z.number(),
  max: z.number(),
  scale: z.enum(['linear', 'log']).default('linear'),
}

const choicesSchema = z
  .array(textSchema)
  .min(2)
  .max(maxChoices, `must have at most ${maxChoices} values`)
  .refine((values) => new Set(values).size === values.length, 'must list each value once')

/** A setting an agent declares tunable. */
export const knobSchema = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('int'), ...numeric, min: z.int(), max: z.int(), default: z.int() }),
    z.strictObject({ type: z.literal('float'), ...numeric, default: z.number() }),
    z.strictObject({ type: z.literal('bool'), ...common, default: z.boolean() }),
    z.strictObject({
      type: z.literal('enum'),
      ...common,
      values: choicesSchema,
      default: textSchema,
      /** The values are listed from the least to the most, such as models from small to large: one trial takes one step. */
      ordered: z.boolean().optional(),
    }),
    z.strictObject({ type: z.literal('order'), ...common, values: choicesSchema, default: z.array(textSchema) }),
  ])
  .superRefine((knob, context) => {
    const contradiction = validateKnob(knob)
    if (contradiction) context.addIssue({ code: 'custom', message: contradiction })
  })
export type Knob = z.infer<typeof knobSchema>
/** A knob as an agent's author writes it: fields with a default may be omitted. */
export type KnobInput = z.input<typeof knobSchema>
export type NumericKnob = Extract<Knob, { type: 'int' | 'float' }>
export const isNumeric = (knob: Knob): knob is NumericKnob => knob.type === 'int' || knob.type === 'float'

const maxKnobs = 500
/** A configuration travels in one NATS message of at most 1 MiB, and is never longer than the declaration of its knobs. */
const longestDeclaration = 256 * 1024

/** All knobs of an agent. */
export const knobsSchema = z
  .array(knobSchema)
  .max(maxKnobs, `must have at most ${maxKnobs} knobs`)
  .refine(
    (knobs) => JSON.stringify(knobs).length <= longestDeclaration,
    `must be at most ${longestDeclaration} characters long as JSON`,
  )

/** Knob name → value. */
export const knobValuesSchema = safeRecordSchema(knobNameSchema, knobValueSchema)
export type KnobValues = z.infer<typeof knobValuesSchema>

/** Every knob at its declared default. */
export function getDefaultValues(knobs: readonly Knob[]): KnobValues {
  return Object.fromEntries(knobs.map((knob) => [knob.name, knob.default]))
}

/** Numbers the configurations of an agent, from 1; PostgreSQL stores it as an integer. */
export const versionSchema = z
  .int()
  .min(1)
  .max(2 ** 31 - 1)

/** Whether two knob values are the same setting (orders compare element by element). */
export function isSameValue(a: KnobValue | undefined, b: KnobValue | undefined): boolean {
  return a === b || (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => item === b[i]))
}

/** Whether two configurations set the same knobs to the same values. */
export function isSameConfiguration(a: KnobValues, b: KnobValues): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => isSameValue(a[name], b[name]))
}

/**
 * The reason why a value may not be set on a knob, for a user; undefined if it may.
 * Checked by the optimizer and, independently, by the agent's client.
 */
export function validateKnobValue(knob: Knob, value: KnobValue | undefined): string | undefined {
  switch (knob.type) {
    case 'int':
    case 'float':
      if (typeof value !== 'number' || !Number.isFinite(value)) return `${knob.name} must be a number`
      if (knob.type === 'int' && !Number.isInteger(value)) return `${knob.name} must be a whole number, not ${value}`
      if (value < knob.min || value > knob.max) return `${knob.name} must be from ${knob.min} to ${knob.max}, not ${value}`
      return undefined
    case 'bool':
      return typeof value === 'boolean' ? undefined : `${knob.name} must be true or false`
    case 'enum':
      return knob.values.includes(value as string) ? undefined : `${knob.name} must be one of ${knob.values.join(', ')}`
    case 'order':
      return isPermutation(value, knob.values) ? undefined : `${knob.name} must be a permutation of ${knob.values.join(', ')}`
  }
}

/** All reasons why these values may not be set: unknown knobs and values out of bounds; empty if they may. */
export function validateKnobValues(knobs: readonly Knob[], values: KnobValues): string[] {
  const byName = new Map(knobs.map((knob) => [knob.name, knob]))
  return Object.entries(values).flatMap(([name, value]) => {
    const knob = byName.get(name)
    return (knob ? validateKnobValue(knob, value) : `there is no knob ${name}`) ?? []
  })
}

function isPermutation(value: KnobValue | undefined, of: readonly string[]): boolean {
  return (
    Array.isArray(value) && value.length === of.length && new Set(value).size === of.length && of.every((v) => value.includes(v))
  )
}

function validateKnob(knob: Knob): string | undefined {
  const contradiction = 'min' in knob ? validateKnobBounds(knob) : undefined
  if (contradiction) return contradiction
  const refused = validateKnobValue(knob, knob.default)
  return refused && `the default of ${refused}`
}

/** The contradiction between the bounds and the scale of a numeric knob; undefined if there is none. */
export function validateKnobBounds({
  name,
  min,
  max,
  scale,
}: Pick<NumericKnob, 'name' | 'min' | 'max' | 'scale'>): string | undefined {
  if (!(min < max)) return `${name}: min must be below max`
  if (scale === 'log' && min <= 0) return `${name}: a log scale needs a min above 0`
  const width = scale === 'log' ? Math.log(max) - Math.log(min) : max - min
  if (!Number.isFinite(width)) return `${name}: min and max are too far apart`
  return width > 0 ? undefined : `${name}: min and max are too close together`
}
