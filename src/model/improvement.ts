import type { JudgedMetric } from './knob.ts'

/** "+23.4% (+12.1 to +33.0)"; points for rates and scores. */
export function formatImprovement(metric: JudgedMetric, improvement: number | null, interval: [number, number] | null): string {
  if (improvement === null) return 'not measured'
  const unit = metric === 'responseTime' ? '%' : ' points'
  return `${signed(improvement)}${unit}${interval ? ` (${formatInterval(interval)})` : ''}`
}

/** "+12.1 to +33.0" */
export const formatInterval = ([low, high]: [number, number]) => `${signed(low)} to ${signed(high)}`

const signed = (value: number) => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(1)}`
