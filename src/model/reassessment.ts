import { z } from 'zod'
import { formatRatio } from './format.ts'

const changeSchema = z.object({ from: z.number(), to: z.number() })

/** How the strategic orchestrator changed its trust after a cycle (B15); values from 0 to 1. */
export const reassessmentSchema = z.object({
  autonomy: z.record(z.string(), changeSchema).describe('By agent, where it changed'),
  reputation: changeSchema.nullable().describe('The reputation of the optimizer; null if it did not change'),
})
export type Reassessment = z.infer<typeof reassessmentSchema>

/** "autonomy of market-hunter 85% → 90%, reputation of the optimizer 0.70 → 0.75"; empty if nothing changed. */
export function describeReassessment({ autonomy, reputation }: Reassessment): string {
  return [
    ...Object.entries(autonomy).map(
      ([agentId, { from, to }]) => `autonomy of ${agentId} ${formatRatio(from)} → ${formatRatio(to)}`,
    ),
    ...(reputation ? [`reputation of the optimizer ${reputation.from.toFixed(2)} → ${reputation.to.toFixed(2)}`] : []),
  ].join(', ')
}
