/** The forecast of a crossing in words. */
import type { Crossing } from './forecast.ts'
import { formatMetricValue, formatTimestamp } from './format.ts'
import type { Metric } from './metric.ts'

/**
 * "expected above the warning limit of 300 ms from 2026-11-29T14:00:00Z (between 2026-11-29T12:00:00Z and 2026-11-29T18:00:00Z)", "may be below
 * the bound of 80% from 2026-11-29T15:00:00Z at the earliest"
 */
export function describeCrossing(
  { name, value, side, at, earliest, latest }: Omit<Crossing, 'text'>,
  metric: Pick<Metric, 'kind' | 'unit'>,
): string {
  const beyond = `${side} the ${name} of ${formatMetricValue(metric, value)}`
  const show = (time: number | null) => formatTimestamp(new Date(time!))
  if (at === null) return `may be ${beyond} from ${show(earliest)} at the earliest`
  const range = latest === null ? `${show(earliest)} at the earliest` : `between ${show(earliest)} and ${show(latest)}`
  return `expected ${beyond} from ${show(at)} (${range})`
}
