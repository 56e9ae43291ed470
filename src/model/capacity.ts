import { z } from 'zod'

/** The use of a resource by an agent, host or other component, and when it reaches its limit. */
export const capacityForecastSchema = z.object({
  subject: z.string().describe('An agent, with all its instances, or a component such as a host'),
  isAgent: z.boolean(),
  resource: z.string().describe('A metric such as `cpuPercent`; for an agent, the mean over its instances'),
  instances: z.int().describe("Number of the agent's instances that are measured now; 1 for anything else"),
  days: z.int().describe('Number of whole days with measurements'),
  use: z
    .number()
    .describe('The mean of the busiest hour of the last seven days, as a share of the current instances, cores or memory'),
  trendPerDay: z.number().nullable().describe('Daily change in the busiest hour; null while the history is too short'),
  limit: z.number().nullable().describe('The limit of this usage; null if there is none or it is unknown'),
  forecast: z
    .object({
      reachedOn: z.iso.date().nullable().describe('When the limit is reached; null if not within the forecast'),
      earliest: z.iso.date().nullable().describe('The date by which the limit is reached with a probability of 10%'),
      latest: z.iso.date().nullable().describe('The date by which the limit is reached with a probability of 90%'),
      horizonDays: z.int().describe('Length of the forecast, days'),
    })
    .nullable()
    .describe('Null while the history is too short for a forecast, or without a limit'),
})
export type CapacityForecast = z.infer<typeof capacityForecastSchema>

export const recommendationKinds = [
  'reduce-autonomy',
  'increase-resources',
  'improve-coordination',
  'more-instances',
  'fewer-instances',
  'more-cpu',
  'less-cpu',
  'more-memory',
  'less-memory',
  'relieve',
] as const

/** Something that a person or the strategic orchestrator should do (B13, E2). */
export const recommendationSchema = z.object({
  kind: z.enum(recommendationKinds),
  subject: z.string().describe('An agent, a host, or `system`'),
  text: z.string(),
  evidence: z.array(z.string()).describe('The data behind the recommendation, in sentences'),
})
export type Recommendation = z.infer<typeof recommendationSchema>
