import { z } from 'zod'
import { type ControlStatus, controlStatusSchema } from '../model/cycle.ts'
import { findPause } from '../store/pause.ts'
import { queryControlStatus } from '../temporal/control.ts'
import type { ReadingContext } from './context.ts'
import { readFromTemporal } from './temporal.ts'

export const policyViewSchema = z.object({
  control: controlStatusSchema
    .nullable()
    .describe('The policy and what came of the cycles so far; null before the first cycle, and while Temporal does not answer'),
  pause: z
    .object({ pausedBy: z.string(), reason: z.string(), since: z.date() })
    .nullable()
    .describe('Null where trials may begin'),
})
export type PolicyView = z.infer<typeof policyViewSchema>

/** How the optimizer may act, and whether it is paused. */
export async function readPolicy(context: ReadingContext): Promise<PolicyView> {
  const [control, pause] = await Promise.all([readControlStatus(context), findPause(context.db)])
  return { control, pause: pause ?? null }
}

/** What the workflow `optimizer` holds; null where it has never run, or Temporal does not answer. */
export async function readControlStatus(context: ReadingContext): Promise<ControlStatus | null> {
  return (await readFromTemporal(context, () => queryControlStatus(context.temporal))) ?? null
}
