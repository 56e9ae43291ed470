/** The options of a tuner, and their validation. */
import { z } from 'zod'
import { OptimizerError } from '../../model/errors.ts'
import { validateKnobBounds } from '../../model/knob.ts'
import { findConditionProblem } from '../../model/knob-condition.ts'
import { observationSchema, quantitySchema, validateObservation } from './observation.ts'
import {
  configurationSchema,
  type TunerKnob,
  tunerKnobSchema,
  validateConfiguration,
  validateTunerKnobValue,
} from './space/knob.ts'

const objectiveSchema = z.object({ metric: z.string(), direction: z.enum(['minimize', 'maximize']) })
export type TunerObjective = z.infer<typeof objectiveSchema>

const constraintSchema = z
  .object({ metric: z.string(), min: quantitySchema.optional(), max: quantitySchema.optional() })
  .refine(({ min, max }) => min !== undefined || max !== undefined, 'a constraint needs a min or a max')
  .refine(({ min, max }) => !(min! > max!), 'min must not be above max')
export type Constraint = z.infer<typeof constraintSchema>

const optionsSchema = z.object({
  /** Whole number; the same seed and tells lead to the same asks. */
  seed: z.int(),
  knobs: z.array(tunerKnobSchema).min(1),
  objective: objectiveSchema,
  constraints: z.array(constraintSchema).default([]),
  /** The current configuration: the start of the search and the reference for harm. */
  current: configurationSchema,
  /** Measurements of other agents of the kind. */
  experience: z.array(observationSchema).default([]),
  /** The state of an earlier tuner with the same knobs, which this one continues from. */
  state: z.unknown().optional(),
})
export type TunerOptions = z.input<typeof optionsSchema>
export interface ParsedTunerOptions extends z.output<typeof optionsSchema> {
  /** The objective's metric and those of the constraints. */
  metrics: string[]
}

/**
 * Checks options and fills in defaults. Experience of fewer knobs counts as if the others had been at their current values;
 * experience that does not fit the knobs, or lacks a metric, is omitted.
 * @throws OptimizerError `unusable-options`
 */
export function parseTunerOptions(input: TunerOptions): ParsedTunerOptions {
  const parsed = optionsSchema.safeParse(input)
  if (!parsed.success) throw unusable(z.prettifyError(parsed.error))
  const options = parsed.data
  const contradiction = contradictionIn(options.knobs) ?? validateConfiguration(options.knobs, options.current)
  if (contradiction) throw unusable(contradiction)
  const metrics = [options.objective, ...options.constraints].map(({ metric }) => metric)
  return {
    ...options,
    metrics,
    experience: options.experience
      .map((each) => ({ ...each, configuration: { ...options.current, ...each.configuration } }))
      .filter((each) => validateObservation(each, options.knobs, metrics) === undefined),
  }
}

const unusable = (reason: string) => new OptimizerError('unusable-options', `The tuner cannot be created: ${reason}.`)

function contradictionIn(knobs: readonly TunerKnob[]): string | undefined {
  if (new Set(knobs.map(({ name }) => name)).size < knobs.length) return 'two knobs have the same name'
  for (const knob of knobs) {
    const contradiction = 'min' in knob ? validateKnobBounds(knob) : undefined
    if (contradiction) return contradiction
    if ('values' in knob && new Set(knob.values).size < knob.values.length) return `${knob.name}: a value is listed twice`
  }
  return findConditionProblem(knobs, validateTunerKnobValue)
}
