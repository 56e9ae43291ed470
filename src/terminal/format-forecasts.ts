import { formatMetricValue } from '../model/format.ts'
import type { Forecasts } from '../reading/forecasts.ts'
import { formatTime } from './format-time.ts'
import { formatTable } from './table.ts'

/** The forecasts of an agent's metrics, for the terminal; none for metrics with too little data. */
export function formatForecasts(forecasts: Forecasts): string[] {
  const rows = forecasts.flatMap(({ forecast, ...metric }) => {
    const end = forecast?.series.at(-1)
    if (!forecast || !end) return []
    const [at, low, median, high] = end
    const show = (value: number) => formatMetricValue(metric, value)
    return [
      [
        metric.label,
        formatTime(new Date(at)),
        show(median),
        `${show(low)} to ${show(high)}`,
        forecast.crossings.map(({ text }) => text).join('\n'),
      ],
    ]
  })
  return rows.length === 0 ? [] : ['', formatTable(['expected', 'at', 'median', '80% interval', 'limits'], rows)]
}
