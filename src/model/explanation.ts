import { z } from 'zod'

/** A question that a user has, and its answer in plain sentences. */
export const sectionSchema = z.object({ title: z.string(), sentences: z.array(z.string()) })
export type Section = z.infer<typeof sectionSchema>

/** A reason why something may not be tried now. */
export const restrictionSchema = z.object({
  code: z.string().describe('A stable code for programs, listed in docs/what-may-run.md'),
  reason: z.string(),
  until: z.string().nullable().describe('When the restriction ends, ISO 8601; null if unknown'),
  knob: z.string().nullable().describe('The knob that it applies to; null for the whole agent or fleet'),
  trialId: z.string().optional().describe('The running trial that is the reason, if any'),
  isReleasable: z.boolean().describe('Whether the `release` command lifts the restriction'),
})
export type Restriction = z.infer<typeof restrictionSchema>

/** An explanation of a trial or an agent for people. */
export const explanationSchema = z.object({
  about: z.enum(['trial', 'agent']),
  id: z.string().describe("The id of a strategy, which is also its trial's, or of an agent"),
  summary: z.string().describe('One sentence'),
  sections: z.array(sectionSchema),
  restrictions: z
    .array(restrictionSchema)
    .optional()
    .describe(
      'For an agent: why no trial may currently change it or one of its knobs, according to the rules by which trials are planned and admitted',
    ),
  undo: z.string().nullable().describe('The command that undoes the change; null if there is nothing to undo'),
})
export type Explanation = z.infer<typeof explanationSchema>
