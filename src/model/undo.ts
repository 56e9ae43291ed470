import { z } from 'zod'
import { dateTimeSchema } from './date-time.ts'
import { versionSchema } from './knob.ts'
import { nameSchema } from './name.ts'
import { labelSchema, textSchema } from './text.ts'

/** The target of an undo: the change of a trial; those of an agent since a version or a time, by default its latest change; or those of all agents. */
export const undoTargetSchema = z.union([
  z.strictObject({ trialId: labelSchema }),
  z.strictObject({ agentId: nameSchema, to: z.union([versionSchema, dateTimeSchema]).optional() }),
  z.strictObject({ all: z.literal(true), to: dateTimeSchema }),
])
export type UndoTarget = z.infer<typeof undoTargetSchema>

/** A request to undo changes, or with `dryRun` to show only what would change. */
export const undoRequestSchema = z.strictObject({
  target: undoTargetSchema,
  by: labelSchema,
  reason: textSchema.default(''),
  dryRun: z.boolean().default(false),
})
export type UndoRequest = z.input<typeof undoRequestSchema>
