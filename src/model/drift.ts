import { z } from 'zod'
import { formatValue } from './format.ts'
import { isSameValue, type KnobValues, knobValueSchema } from './knob.ts'

/** A knob whose value in force differs from that of the version that the instance claims to run. */
export const knobDriftSchema = z.object({
  knob: z.string(),
  expected: knobValueSchema,
  actual: knobValueSchema.optional().describe('Missing if the instance does not report it'),
})
export type KnobDrift = z.infer<typeof knobDriftSchema>

/** Milliseconds that an instance has to apply its version again before its drift counts as lasting. */
export const convergenceTimeoutMs = 6_000

/** The knobs of an instance that do not have the expected values. */
export function findDrift(expected: KnobValues, actual: KnobValues): KnobDrift[] {
  return Object.entries(expected)
    .filter(([knob, value]) => !isSameValue(value, actual[knob]))
    .map(([knob, value]) => ({ knob, expected: value, actual: actual[knob] }))
}

/** "pool 4 instead of 16, cache false instead of true" */
export function describeDrift(drift: readonly KnobDrift[]): string {
  const parts = drift.map(({ knob, expected, actual }) => {
    const found = actual === undefined ? `${knob} unknown` : `${knob} ${formatValue(actual)}`
    return `${found} instead of ${formatValue(expected)}`
  })
  return parts.join(', ')
}
