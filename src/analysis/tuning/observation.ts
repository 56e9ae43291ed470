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
  metrics: z.record(z.string(), measurementSchema).default({}),
  /**
   * Whether the trial failed: the configuration was refused, crashed, or answered nothing. Without metrics, or with a broken constraint
   * and no figure of the objective, it did anyway. The metrics of a failure are not used.
   */
  failed: z.boolean().optional(),
  /** The agent that measured it, if it is experience of others; all without one count as one agent's. */
  agent: z.string().optional(),
})
export type Observation = z.output<typeof observationSchema>
/** An observation as the caller writes it: a failure needs no metrics. */
export type ObservationInput = z.input<typeof observationSchema>

/** Maximum numbers of observations remembered, so that an ask stays fast: the newest of its own, and a selection of others'. */
export const OBSERVATION_LIMITS = { own: 100, others: 60 }

/**
 * Checks an observation and copies it, so that later changes to the caller's object have no effect.
 * @throws OptimizerError `unusable-measurement`
 */
export function parseObservation(observation: ObservationInput, { knobs, metrics, constraints }: Expected): Observation {
  const parsed = observationSchema.safeParse(observation)
  if (!parsed.success) throw unusable(z.prettifyError(parsed.error))
  const { data } = parsed
  const [objective] = metrics
  const failed = isFailure(data) || (!Object.hasOwn(data.metrics, objective!) && constraints.some(isBroken(data.metrics)))
  const told = failed ? { ...data, failed } : data
  const reason = validateObservation(told, knobs, metrics)
  if (reason !== undefined) throw unusable(reason)
  return told
}

interface Expected {
  knobs: readonly TunerKnob[]
  /** The objective first. */
  metrics: readonly string[]
  constraints: readonly { metric: string; min?: number | undefined; max?: number | undefined }[]
}

const isBroken =
  (metrics: Observation['metrics']) =>
  ({ metric, min = -Infinity, max = Infinity }: Expected['constraints'][number]) => {
    const value = Object.hasOwn(metrics, metric) ? metrics[metric]!.value : undefined
    return value !== undefined && (value < min || value > max)
  }

const unusable = (reason: string) =>
  new OptimizerError(
    'unusable-measurement',
    `The measurement cannot be used: ${reason}. For a trial that failed, pass \`failed: true\`.`,
  )

/** The reason why an observation is unusable; undefined if it is usable. */
export function validateObservation(
  observation: Observation,
  knobs: readonly TunerKnob[],
  needed: readonly string[],
): string | undefined {
  const { configuration, metrics } = observation
  const missing = isFailure(observation) ? undefined : needed.find((name) => !Object.hasOwn(metrics, name))
  return missing === undefined ? validateConfiguration(knobs, configuration) : `${missing} is missing`
}

/** Whether the trial produced no measurements. */
export const isFailure = ({ failed, metrics }: Observation): boolean => failed === true || Object.keys(metrics).length === 0
