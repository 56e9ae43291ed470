import { z } from 'zod'

/** One question a person has, and its answer in plain sentences. */
export const sectionSchema = z.object({ title: z.string(), sentences: z.array(z.string()) })
export type Section = z.infer<typeof sectionSchema>

/** What people are told about a trial or an agent. */
export const explanationSchema = z.object({
  about: z.enum(['trial', 'agent']),
  id: z.string().describe("Of a strategy, which is its trial's too, or of an agent"),
  summary: z.string().describe('One sentence'),
  sections: z.array(sectionSchema),
  undo: z.string().nullable().describe('The command that undoes it; null where there is nothing to undo'),
})
export type Explanation = z.infer<typeof explanationSchema>
