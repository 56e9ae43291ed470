import type { JudgedMetric } from './knob.ts'

/** "+23.4% (+12.1 to +33.0)"; points for rates and scores. What is beyond the possible is cut off. */
export function formatImprovement(metric: JudgedMetric, improvement: number | null, interval: [number, number] | null): string {
  if (improvement === null) return 'not measured'
  const unit = metric === 'responseTime' ? '%' : ' points'
  return `${formatSigned(capAtPossible(improvement))}${unit}${interval ? ` (${formatInterval(interval)})` : ''}`
}

/** "+12.1 to +33.0" */
export const formatInterval = ([low, high]: [number, number]) =>
  `${formatSigned(capAtPossible(low))} to ${formatSigned(capAtPossible(high))}`

/** No time falls below nothing, and no rate or score rises above the whole, whatever a model says: 100 percent or points. */
const capAtPossible = (improvement: number) => Math.min(100, improvement)

const formatSigned = (value: number) => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(1)}`
