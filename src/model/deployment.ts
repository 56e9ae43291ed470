import { z } from 'zod'
import { dateTimeSchema } from './date-time.ts'
import { toleratedSkewMs } from './liveness.ts'
import { labelSchema } from './text.ts'

/** A deployment that a person or a pipeline reports; it may explain why a metric has changed since. */
export const deploymentRequestSchema = z.strictObject({
  component: labelSchema
    .optional()
    .describe('The agent or component that the deployment affects; if omitted, all agents and components'),
  description: labelSchema.describe('What was deployed, such as `release 3.1`'),
  at: dateTimeSchema
    .refine((at) => !(Date.parse(at) > Date.now() + toleratedSkewMs), 'is in the future; report it when it happens')
    .optional()
    .describe('The time of the deployment; by default now'),
  by: labelSchema,
})
export type DeploymentRequest = z.input<typeof deploymentRequestSchema>
