/** The options of an ask, and their validation. */
import { z } from 'zod'
import { OptimizerError } from '../../model/errors.ts'
import type { SearchRequest, ValueBounds } from './search/search-region.ts'
import { configurationSchema, type TunerKnob, validateConfiguration } from './space/knob.ts'

const boundsSchema = z.object({
  min: z.number().optional(),
  max: z.number().optional(),
  values: z.array(z.string()).optional(),
})
const turnableSchema = z.record(z.string(), boundsSchema)
/**
 * Names of the knobs that may be turned away from the start, with bounds for numbers and values for enums if they are narrower than
 * declared.
 */
export type SearchBounds = z.infer<typeof turnableSchema>

/** Half a percent is less than a trial can show. */
const USUAL_COST = 0.005

const askOptionsSchema = z.object({
  aggressiveness: z.number().min(1).max(5),
  /** Already being tried. */
  pending: z.array(configurationSchema).default([]),
  /** If omitted, all knobs within their bounds; knobs that the tuner does not have are ignored. */
  turnable: turnableSchema.optional(),
  /** Maximum number of knobs to turn away from the current configuration. */
  maxChanges: z.int().min(0).optional(),
  /** Whether more may be turned to copy another agent's configuration; by default they may. */
  mayCopy: z.boolean().optional(),
  /**
   * If only changes proven to be better than the current configuration are kept: by how much they must be better, as a share. The ask
   * then maximizes the improvement beyond that, rather than beyond the best so far.
   */
  toProve: z.number().lt(1).optional(),
  /**
   * The cost of a trial, as an improvement, as a share. If none can be expected to gain more, the search is finished for now, and the best
   * is measured again.
   */
  trialCost: z.number().min(0).default(USUAL_COST),
  /**
   * How much the expected loss during a trial counts against its expected improvement. With `toProve` only large effects are worth a trial,
   * and most large effects of little-known knobs are losses, for instance of a flag that helped when it was turned on together with others.
   */
  lossWeight: z.number().min(0).default(0),
})
export type AskOptions = z.input<typeof askOptionsSchema>
type Asked = Omit<z.output<typeof askOptionsSchema>, keyof SearchRequest> & SearchRequest

/** @throws OptimizerError `unusable-options` */
export function parseAskOptions(input: AskOptions, knobs: readonly TunerKnob[]): Asked {
  const parsed = askOptionsSchema.safeParse(input)
  if (!parsed.success) throw unusable(z.prettifyError(parsed.error))
  const { turnable, ...options } = parsed.data
  for (const each of options.pending) {
    const reason = validateConfiguration(knobs, each)
    if (reason !== undefined) throw unusable(`a pending configuration is invalid: ${reason}`)
  }
  if (!turnable) return options
  const open = knobs.filter(({ name }) => Object.hasOwn(turnable, name))
  return { ...options, turnable: new Map(open.map((knob) => [knob.name, boundsWithin(knob, turnable[knob.name]!)])) }
}

/** The values of the knob within the requested bounds. */
function boundsWithin(knob: TunerKnob, requested: ValueBounds): ValueBounds {
  const { values } = requested
  if (values) {
    if (knob.type !== 'enum') throw unusable(`${knob.name} is not an enum, so it cannot be limited to "values"`)
    const unknown = values.find((value) => !knob.values.includes(value))
    if (unknown !== undefined) throw unusable(`${knob.name} has no value ${unknown}`)
  }
  if (!('min' in knob)) {
    if (requested.min === undefined && requested.max === undefined) return values ? { values } : {}
    throw unusable(`${knob.name} is not numeric, so it cannot have bounds`)
  }
  const whole = knob.type === 'int'
  const min = Math.max(knob.min, whole ? Math.ceil(requested.min ?? knob.min) : (requested.min ?? knob.min))
  const max = Math.min(knob.max, whole ? Math.floor(requested.max ?? knob.max) : (requested.max ?? knob.max))
  if (min <= max) return { min, max }
  throw unusable(`${knob.name} has no value from ${requested.min ?? knob.min} to ${requested.max ?? knob.max}`)
}

const unusable = (reason: string) => new OptimizerError('unusable-options', `The options of ask are invalid: ${reason}.`)
