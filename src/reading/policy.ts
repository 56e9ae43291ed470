import { z } from 'zod'
import { type ControlStatus, controlStatusSchema } from '../model/cycle.ts'
import { findPause } from '../store/pause.ts'
import { queryControlStatus } from '../temporal/control.ts'
import type { ReadingContext } from './context.ts'
import { readFromTemporal } from './temporal.ts'

export const policyViewSchema = z.object({
  control: controlStatusSchema
    .nullable()
    .describe('The policy and the outcome of the cycles so far; null before the first cycle, or if Temporal does not answer'),
  pause: z.object({ pausedBy: z.string(), reason: z.string(), since: z.date() }).nullable().describe('Null if trials may start'),
})
export type PolicyView = z.infer<typeof policyViewSchema>

/** The policy, and whether the optimizer is paused. */
export async function readPolicy(context: ReadingContext): Promise<PolicyView> {
  const [control, pause] = await Promise.all([readControlStatus(context), findPause(context.db)])
  return { control, pause: pause ?? null }
}

/** The state of the workflow `optimizer`; null if it has never run, or Temporal does not answer. */
export async function readControlStatus(context: ReadingContext): Promise<ControlStatus | null> {
  return (await readFromTemporal(context, () => queryControlStatus(context.temporal))) ?? null
}
