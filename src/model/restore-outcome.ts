import { z } from 'zod'

/** How a restore ended (`RestoreResult`). */
export const restoreOutcomeSchema = z.enum(['done', 'already', 'nothing', 'superseded', 'incomplete', 'given-up'])
export type RestoreOutcome = z.infer<typeof restoreOutcomeSchema>
