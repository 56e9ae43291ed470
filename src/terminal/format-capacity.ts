import type { CapacityForecast, Recommendation } from '../model/capacity.ts'
import { formatTable } from './table.ts'

/** The use of resources and when they reach their limits, for the terminal. */
export function formatCapacity(resources: readonly CapacityForecast[]): string {
  if (resources.length === 0) return 'Nothing has been measured yet; the first readings arrive within a minute.'
  const rows = resources.map((resource) => [
    resource.subject,
    resource.resource,
    resource.instances,
    resource.use.toFixed(1),
    resource.trendPerDay === null ? '?' : formatSigned(resource.trendPerDay),
    resource.limit ?? 'none',
    formatForecast(resource),
  ])
  return formatTable(['subject', 'resource', 'instances', 'busiest hour', 'change per day', 'limit', 'reached'], rows)
}

const formatSigned = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`

function formatForecast({ limit, use, days, forecast }: CapacityForecast): string {
  if (limit === null) return ''
  if (use >= limit) return 'now'
  if (!forecast) return `unknown: ${days} of 14 days measured`
  const { reachedOn, earliest, latest, horizonDays } = forecast
  if (!earliest) return `not within ${horizonDays} days`
  const interval = `${earliest} to ${latest ?? `beyond ${horizonDays} days`}`
  return reachedOn ? `${reachedOn} (${interval})` : `perhaps: ${interval}`
}

/** Recommendations, each with its supporting data, for the terminal. */
export function formatRecommendations(recommendations: readonly Recommendation[]): string {
  if (recommendations.length === 0) return 'There is nothing to recommend.'
  return recommendations.flatMap(({ text, evidence }) => [text, ...evidence.map((sentence) => `  ${sentence}`)]).join('\n')
}
