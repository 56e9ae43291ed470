/** What a tuner has to remember: JSON, so that it can be kept anywhere. */
import { z } from 'zod'
import { OptimizerError } from '../../model/errors.ts'
import { knobValuesSchema } from '../../model/knob.ts'
import { parameterLayout } from './model/prior.ts'
import { OBSERVATION_LIMITS, observationSchema, validateObservation } from './observation.ts'
import type { TunerKnob } from './space/knob.ts'

export const TUNER_STATE_VERSION = 1

/** Of a logarithm: beyond it no effect and no distance is a number that could be squared. */
const LARGEST = 100
const parametersSchema = z.array(z.array(z.number().min(-LARGEST).max(LARGEST))).nullable()

const stateSchema = z.object({
  version: z.literal(TUNER_STATE_VERSION),
  /** How often something was told. */
  tells: z.int().min(0),
  /** The newest of it, in its order; `era` counts the shifts of the workload before it. */
  told: z.array(observationSchema.extend({ era: z.int().min(0) })).max(OBSERVATION_LIMITS.own),
  era: z.int().min(0),
  /** Of the models, one list a metric: before and after what the latest tell taught. */
  parameters: z.object({ before: parametersSchema, after: parametersSchema }),
  /** How far from the incumbent the next ask may go (0 to 1), and how many asks in a row brought nothing. */
  reach: z.number().positive(),
  failures: z.int().min(0),
  /** What was predicted, on the objective's scale, when it was asked last. */
  predicted: z.array(
    z.object({
      configuration: knobValuesSchema,
      mean: z.number(),
      deviation: z.number(),
      asked: z.boolean(),
      measured: z.boolean(),
    }),
  ),
  /** Of the incumbent at the last ask. */
  best: z.number().nullable(),
  /** How far the latest measurements lay from their predictions, in standard deviations. */
  surprises: z.array(z.number()),
})
export type TunerState = z.infer<typeof stateSchema>

export const createTunerState = (reach: number): TunerState => ({
  version: TUNER_STATE_VERSION,
  tells: 0,
  told: [],
  era: 0,
  parameters: { before: null, after: null },
  reach,
  failures: 0,
  predicted: [],
  best: null,
  surprises: [],
})

/**
 * A state read back, by a tuner of these knobs and metrics.
 * @throws OptimizerError `other-state-version` where another version of the tuner wrote it, `unusable-state` where it is damaged or another's
 */
export function parseTunerState(state: unknown, knobs: readonly TunerKnob[], metrics: readonly string[]): TunerState {
  const version = z.object({ version: z.number() }).safeParse(state)
  if (version.success && version.data.version !== TUNER_STATE_VERSION)
    throw new OptimizerError(
      'other-state-version',
      `The tuner's state is of version ${version.data.version}, this tuner reads ${TUNER_STATE_VERSION}; begin without it and give its observations as experience.`,
    )
  const parsed = stateSchema.safeParse(state)
  if (!parsed.success) throw unusable(`is damaged: ${z.prettifyError(parsed.error)}`)
  const { told, era, parameters } = parsed.data
  for (const observation of told) {
    if (observation.era > era) throw unusable('is damaged: something was told in a later era than the present one')
    const reason = validateObservation(observation, knobs, metrics)
    if (reason !== undefined) throw unusable(`is of another tuner: ${reason}`)
  }
  const { size } = parameterLayout(knobs.length)
  const lists = [...(parameters.before ?? []), ...(parameters.after ?? [])]
  if (lists.some(({ length }) => length !== size)) throw unusable('is of another tuner: its parameters are those of other knobs')
  return parsed.data
}

const unusable = (reason: string) => new OptimizerError('unusable-state', `The tuner's state ${reason}.`)
