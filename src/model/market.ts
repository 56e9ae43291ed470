/** The market that the whole fleet works in, and the market metrics that an operator may limit. */
import { z } from 'zod'

/** Market metrics by name, with their label within a sentence and their unit. */
export const marketMetrics = {
  volatility: { label: 'volatility of the market', unit: '%' },
  volume24h: { label: 'trading volume of the market', unit: ' USD' },
  priceChange24h: { label: 'price change of the market', unit: '%' },
  fearGreedIndex: { label: 'fear and greed index', unit: '' },
} as const

export const marketMetricSchema = z.enum(Object.keys(marketMetrics) as (keyof typeof marketMetrics)[])
export type MarketMetric = z.infer<typeof marketMetricSchema>

/** The market now; null where a value is unknown or too old. */
export type CurrentMarket = Record<MarketMetric, number | null>

/** The range of a market metric within which a trial may start. */
export const marketBoundSchema = z
  .strictObject({
    metric: marketMetricSchema.describe(
      'The metric; volatility and price change are in percent, the volume is in USD, and the fear and greed index ranges from 0 (fear) to 100 (greed)',
    ),
    min: z.number().optional().describe('Lowest value of the metric at which a trial may start'),
    max: z.number().optional().describe('Highest value of the metric at which a trial may start'),
  })
  .refine(({ min, max }) => min !== undefined || max !== undefined, 'set a min, a max or both')
  .refine(({ min, max }) => min === undefined || max === undefined || min <= max, 'min is above max')
export type MarketBound = z.infer<typeof marketBoundSchema>
