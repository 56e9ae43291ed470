/** The measures taken against a degradation. */
import { z } from 'zod'
import { changeStandingSchema } from './result.ts'
import { verdictSchema } from './trial.ts'

export const countermeasuresSchema = z.object({
  tried: z
    .array(
      z.object({
        strategyId: z.string().describe('Also the id of its trial'),
        agentId: z.string().describe('The agent that it changes; this may be another agent that causes the problem'),
        verdict: verdictSchema.nullable().describe('Null until its trial has ended'),
        standing: changeStandingSchema.nullable().describe('Its current standing; null until its trial has ended'),
        improvement: z.number().nullable().describe('As measured: percent for a quantity, points for a share'),
        text: z.string().describe('The change and what became of it, in words'),
      }),
    )
    .describe('The newest strategies for this problem whose trial started or whose approval was requested'),
  more: z.int().describe('Number of other such strategies'),
  nothingBecause: z.string().nullable().describe('Why nothing was tried, as a clause; null if something was'),
})
export type Countermeasures = z.infer<typeof countermeasuresSchema>
