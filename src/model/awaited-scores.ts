import { z } from 'zod'
import { metricNameSchema } from './metric.ts'

/** A metric of a running trial whose scores come late. */
export const awaitedScoresSchema = z.object({
  metric: metricNameSchema,
  label: z.string(),
  known: z.int().describe('Executions with the change that have a score'),
  waiting: z.int().describe('Executions that may still get one'),
})
export type AwaitedScores = z.infer<typeof awaitedScoresSchema>

/** "quality score is known for 38 executions with the change; 22 are still waiting for it" */
export const describeAwaitedScores = ({ label, known, waiting }: AwaitedScores): string =>
  `${label} is known for ${known} ${known === 1 ? 'execution' : 'executions'} with the change; ${waiting} ${waiting === 1 ? 'is' : 'are'} still waiting for it`
