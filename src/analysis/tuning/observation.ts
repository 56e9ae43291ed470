/** An observation: the measurements under a configuration. */
import { z } from 'zod'
import { OptimizerError } from '../../model/errors.ts'
import { configurationSchema, type TunerKnob, validateConfiguration } from './space/knob.ts'

/** No real measurement is that large, and beyond it squares are no longer finite. */
const LARGEST = 1e100
export const quantitySchema = z.number().min(-LARGEST).max(LARGEST)

const measurementSchema = z.object({
  value: quantitySchema,
  /** Standard error of `value`, in its unit. */
  standardError: quantitySchema.min(0),
  samples: z.number().min(0).optional(),
})
export type Measurement = z.infer<typeof measurementSchema>

export const observationSchema = z.object({
  configuration: configurationSchema,
  /** Metric name → measurement. */
  metrics: z.record(z.string(), measurementSchema),
  /** The agent that measured it, if it is experience of others; all without one count as one agent's. */
  agent: z.string().optional(),
})
export type Observation = z.infer<typeof observationSchema>

/** Maximum numbers of observations remembered, so that an ask stays fast: the newest of its own, and a selection of others'. */
export const OBSERVATION_LIMITS = { own: 100, others: 60 }

/**
 * Checks an observation and copies it, so that later changes to the caller's object have no effect.
 * @throws OptimizerError `unusable-measurement`
 */
export function parseObservation(observation: Observation, knobs: readonly TunerKnob[], needed: readonly string[]): Observation {
  const parsed = observationSchema.safeParse(observation)
  const reason = parsed.success ? validateObservation(parsed.data, knobs, needed) : z.prettifyError(parsed.error)
  if (reason !== undefined) throw new OptimizerError('unusable-measurement', `The measurement cannot be used: ${reason}.`)
  return parsed.data!
}

/** The reason why an observation is unusable; undefined if it is usable. */
export function validateObservation(
  { configuration, metrics }: Observation,
  knobs: readonly TunerKnob[],
  needed: readonly string[],
): string | undefined {
  const missing = needed.find((name) => !Object.hasOwn(metrics, name))
  return missing === undefined ? validateConfiguration(knobs, configuration) : `${missing} is missing`
}
