import { z } from 'zod'
import { metricNameSchema } from './metric.ts'

/** A metric of a running trial whose scores come late. */
export const awaitedScoresSchema = z.object({
  metric: metricNameSchema,
  label: z.string(),
  known: z.int().describe('Executions with the change whose score has come, or came with them'),
  waiting: z.int().describe('Those that may still get it'),
})
export type AwaitedScores = z.infer<typeof awaitedScoresSchema>

/** "quality score is known of 38 executions with the change, 22 still wait for it" */
export const describeAwaited = ({ label, known, waiting }: AwaitedScores): string =>
  `${label} is known of ${known} ${known === 1 ? 'execution' : 'executions'} with the change, ${waiting} still ${waiting === 1 ? 'waits' : 'wait'} for it`
