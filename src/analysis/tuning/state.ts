/** The state of a tuner: JSON, so that it can be stored anywhere. */
import { z } from 'zod'
import { OptimizerError } from '../../model/errors.ts'
import { createParameterLayout } from './model/prior.ts'
import { OBSERVATION_LIMITS, observationSchema, validateObservation } from './observation.ts'
import type { ParsedTunerOptions } from './options.ts'
import { configurationSchema } from './space/knob.ts'

export const TUNER_STATE_VERSION = 2

/** Bound of logarithms: beyond it effects and distances could not be squared. */
const LARGEST = 100
const parametersSchema = z.array(z.array(z.number().min(-LARGEST).max(LARGEST))).nullable()

const stateSchema = z.object({
  version: z.literal(TUNER_STATE_VERSION),
  /** Number of observations told. */
  tells: z.int().min(0),
  /** The newest of them, oldest first; `era` counts the workload shifts before each. */
  told: z.array(observationSchema.extend({ era: z.int().min(0) })).max(OBSERVATION_LIMITS.own),
  era: z.int().min(0),
  /** The models' parameters, one list per metric: before and after the latest observation. */
  parameters: z.object({ before: parametersSchema, after: parametersSchema }),
  /** The prediction for the last ask, on the objective's scale. */
  predicted: z.array(
    z.object({
      configuration: configurationSchema,
      mean: z.number(),
      deviation: z.number(),
      measured: z.boolean(),
    }),
  ),
  /** How far the latest measurements lay from their predictions, in standard deviations. */
  surprises: z.array(z.number()),
})
export type TunerState = z.infer<typeof stateSchema>

export const createTunerState = (): TunerState => ({
  version: TUNER_STATE_VERSION,
  tells: 0,
  told: [],
  era: 0,
  parameters: { before: null, after: null },
  predicted: [],
  surprises: [],
})

/**
 * Parses a stored state for a tuner of these knobs and metrics. Knobs that were declared since are added to its observations at their
 * current values, and the models' parameters are found again.
 * @throws OptimizerError `other-state-version` if another version of the tuner wrote it, `unusable-state` if it is damaged or another
 *   tuner's
 */
export function parseTunerState(state: unknown, { knobs, current, metrics }: ParsedTunerOptions): TunerState {
  const version = z.object({ version: z.number() }).safeParse(state)
  if (version.success && version.data.version !== TUNER_STATE_VERSION)
    throw new OptimizerError(
      'other-state-version',
      `The tuner's state has version ${version.data.version}, but this tuner reads version ${TUNER_STATE_VERSION}; start without it and pass its observations as experience.`,
    )
  const parsed = stateSchema.safeParse(state)
  if (!parsed.success) throw unusable(`is damaged: ${z.prettifyError(parsed.error)}`)
  const { era, parameters } = parsed.data
  const told = parsed.data.told.map((each) => ({ ...each, configuration: { ...current, ...each.configuration } }))
  const isGrown = parsed.data.told.some(({ configuration }) => Object.keys(configuration).length < knobs.length)
  for (const observation of told) {
    if (observation.era > era) throw unusable('is damaged: an observation is from a later era than the current one')
    const reason = validateObservation(observation, knobs, metrics)
    if (reason !== undefined) throw unusable(`belongs to another tuner: ${reason}`)
  }
  if (isGrown) return { ...parsed.data, told, parameters: { before: null, after: null }, predicted: [] }
  const { size } = createParameterLayout(knobs.length)
  const lists = [...(parameters.before ?? []), ...(parameters.after ?? [])]
  if (lists.some(({ length }) => length !== size)) throw unusable('belongs to another tuner: its parameters are for other knobs')
  return parsed.data
}

const unusable = (reason: string) => new OptimizerError('unusable-state', `The tuner's state ${reason}.`)
