import { z } from 'zod'
import { formatDuration, formatTimestamp } from './format.ts'

/** A period in which a component was not measured although it had been before. */
export const monitoringGapSchema = z.object({
  component: z.string(),
  agentId: z.string().nullable().describe('The agent, if the component is an instance'),
  since: z.date(),
  until: z.date().nullable().describe('The end of the gap; null while it is ongoing'),
  text: z.string().describe('The gap in words'),
})
export type MonitoringGap = z.infer<typeof monitoringGapSchema>

/** @param now milliseconds since the epoch */
export function describeGap({ component, since, until }: Omit<MonitoringGap, 'text'>, now: number): string {
  const length = formatDuration((until?.getTime() ?? now) - since.getTime())
  return until
    ? `${component} was not measured for ${length}, from ${formatTimestamp(since)} to ${formatTimestamp(until)}`
    : `${component} has not been measured since ${formatTimestamp(since)}, for ${length}`
}
