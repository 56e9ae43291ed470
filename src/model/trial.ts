import { z } from 'zod'
import { awaitedScoresSchema } from './awaited-scores.ts'
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
export const trialDesignSchema = z.enum(['concurrent', 'switchback', 'before-after'])
export type TrialDesign = z.infer<typeof trialDesignSchema>
/** Samples of each arm. */
export const sampleCountsSchema = z.object({ control: z.int(), candidate: z.int() })

/** One observation of one arm. `value` is milliseconds for times, 0 or 1 for proportions. */
export interface Sample {
  /** Milliseconds since the epoch. */
  at: number
  value: number
  instance: string
  /** The kind of work, such as the type of the execution: only samples of one stratum are compared with each other. */
  stratum?: string | undefined
  /** The denominator of the value, for a ratio of sums: 1 for a success and 0 for a failure, if it is a cost per success. */
  per?: number | undefined
}
export interface ArmSamples {
  control: Sample[]
  candidate: Sample[]
}

/** The meaning of a judgement's reason, for programs. */
export const judgementCodeSchema = z.enum([
  'better',
  'worse',
  'silent',
  'guardrail',
  'bound-not-proven',
  'doubtful',
  'not-proven',
])
export type JudgementCode = z.infer<typeof judgementCodeSchema>

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
  code: judgementCodeSchema
    .optional()
    .describe(
      'A code for `reason`: `doubtful` and `bound-not-proven` if the gain is proven but the change is not kept; missing in records of earlier versions',
    ),
  isPartial: z
    .boolean()
    .optional()
    .describe('Whether only the slowest executions gained; `improvement` is then that of their percentile'),
  suspicion: z
    .string()
    .optional()
    .describe(
      'Signs of harm, open or hidden, although none is proven: a bound that seems violated, missing reports or missing work',
    ),
  awaited: z.array(awaitedScoresSchema).optional().describe('Scores that have not arrived yet, while the trial continues'),
})
export type Judgement = z.infer<typeof judgementSchema>

/** A period in which the candidates of a trial ran with the previous values, milliseconds since the epoch; it has not ended while `to` is null. */
export const suspensionSchema = z.object({ from: z.number(), to: z.number().nullable() })
export type Suspension = z.infer<typeof suspensionSchema>

/** A period in which the instance of a switchback trial ran as one arm, milliseconds since the epoch; it has not ended while `to` is null. */
export const blockSchema = z.object({ arm: armSchema, from: z.number(), to: z.number().nullable() })
export type TrialBlock = z.infer<typeof blockSchema>

/** The remaining work of a trial until it is decided. */
export const progressSchema = z.object({
  decisions: z.int().describe('Approximate number of further executions of the agent that are needed'),
  until: z
    .number()
    .nullable()
    .describe("When these will have been made at the agent's current rate, milliseconds since the epoch; null if unknown"),
  suspendedUntil: z
    .number()
    .optional()
    .describe('When the freeze window that suspends the trial ends, milliseconds since the epoch; absent if none does'),
  goneSince: z
    .number()
    .optional()
    .describe(
      'When it was first noticed that all instances to compare with are gone, milliseconds since the epoch; absent while any is left',
    ),
})
export type Progress = z.infer<typeof progressSchema>
