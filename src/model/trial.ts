import { z } from 'zod'
import { metricNameSchema } from './metric.ts'

/** The lower and the upper bound of an improvement. */
export const intervalSchema = z.tuple([z.number(), z.number()])

export const verdictSchema = z.enum(['keep', 'roll-back', 'undecided'])
export type Verdict = z.infer<typeof verdictSchema>
export const armSchema = z.enum(['control', 'candidate'])
export type Arm = z.infer<typeof armSchema>
/** The state of a trial; `kept` and `restored` are final. */
export const trialStateSchema = z.enum(['applying', 'observing', 'widening', 'restoring', 'kept', 'restored'])
export type TrialState = z.infer<typeof trialStateSchema>
export const trialDesignSchema = z.enum(['concurrent', 'before-after'])
export type TrialDesign = z.infer<typeof trialDesignSchema>
/** Samples of each arm. */
export const sampleCountsSchema = z.object({ control: z.int(), candidate: z.int() })

/** One observation of one arm. `value` is milliseconds for times, 0 or 1 for proportions. */
export interface Sample {
  /** Milliseconds since the epoch. */
  at: number
  value: number
  instance: string
}
export interface ArmSamples {
  control: Sample[]
  candidate: Sample[]
}

/** The measurements and the conclusion of a trial, also while it runs. */
export const judgementSchema = z.object({
  decision: z.enum(['continue', ...verdictSchema.options]),
  metric: metricNameSchema,
  design: trialDesignSchema,
  improvement: z
    .number()
    .nullable()
    .describe('Improvement of the target: percent for times (positive is faster), points for rates and scores'),
  interval: intervalSchema.nullable().describe('The interval of `improvement`, valid at every interim look'),
  samples: sampleCountsSchema,
  reason: z.string(),
})
export type Judgement = z.infer<typeof judgementSchema>
