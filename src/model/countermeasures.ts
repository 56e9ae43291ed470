/** The measures taken against a degradation. */
import { z } from 'zod'
import { changeStandingSchema } from './result.ts'
import { verdictSchema } from './trial.ts'

export const countermeasuresSchema = z.object({
  tried: z
    .array(
      z.object({
        strategyId: z.string().describe('The id of the strategy, which is also the id of its trial'),
        agentId: z
          .string()
          .describe('The agent that the strategy changes; this may be a different agent, if that one causes the problem'),
        verdict: verdictSchema.nullable().describe('The verdict of the trial; null until it has ended'),
        standing: changeStandingSchema.nullable().describe('The current standing of the change; null until its trial has ended'),
        improvement: z.number().nullable().describe('The measured improvement: percent for a quantity, points for a share'),
        text: z.string().describe('The change and what became of it, in words'),
      }),
    )
    .describe('The latest strategies for this problem whose trial started or whose approval was requested'),
  more: z.int().describe('Number of other such strategies'),
  nothingBecause: z.string().nullable().describe('Why nothing was tried, as a clause; null if something was'),
})
export type Countermeasures = z.infer<typeof countermeasuresSchema>
