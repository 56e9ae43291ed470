import { formatMetricValue } from '../../src/model/format.ts'
import type { ShownMetric } from '../format.ts'
import { scale, ticks } from './scale.ts'
import { useWidth } from './use-width.ts'

interface Bin {
  from: number
  to: number
  control: number
  candidate: number
}

/** The values of both arms, as shares of each: control above the line, candidate below it. */
export function Distribution({ metric, bins }: { metric: ShownMetric; bins: readonly Bin[] }) {
  const [element, width] = useWidth<HTMLDivElement>()
  const total = { control: sum(bins, 'control'), candidate: sum(bins, 'candidate') }
  const height = 240
  const frame = { left: 8, right: width - 8, top: 14, bottom: height - 26 }
  const first = bins[0]
  const last = bins.at(-1)
  if (!first || !last || total.candidate === 0)
    return (
      <div ref={element} class="chart-empty">
        No candidate values yet.
      </div>
    )
  const shares = bins.map((bin) => ({
    ...bin,
    control: bin.control / (total.control || 1),
    candidate: bin.candidate / total.candidate,
  }))
  const most = Math.max(...shares.flatMap(({ control, candidate }) => [control, candidate])) || 1
  const middle = (frame.top + frame.bottom) / 2
  const x = scale([first.from, last.to], [frame.left, frame.right])
  const size = scale([0, most], [0, (frame.bottom - frame.top) / 2 - 4])
  const bar = (share: number, arm: 'control' | 'candidate', from: number, to: number) => (
    <rect
      class={arm}
      x={x(from) + 0.5}
      width={Math.max(1, x(to) - x(from) - 1)}
      y={arm === 'control' ? middle - size(share) : middle}
      height={size(share)}
    />
  )
  return (
    <div ref={element} class="chart">
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={`Distribution of ${metric.label}: ${total.control} control values, most near ${formatMetricValue(metric, peak(bins, 'control'))}; ${total.candidate} candidate values, most near ${formatMetricValue(metric, peak(bins, 'candidate'))}`}
      >
        {shares.map(({ from, to, control, candidate }) => (
          <g key={from}>
            {bar(control, 'control', from, to)}
            {bar(candidate, 'candidate', from, to)}
          </g>
        ))}
        <line class="zero" x1={frame.left} x2={frame.right} y1={middle} y2={middle} />
        <g class="axis">
          {ticks([first.from, last.to], width / 110)
            .filter((value) => x(value) > frame.left + 34 && x(value) < frame.right - 34)
            .map((value) => (
              <text key={value} x={x(value)} y={frame.bottom + 16} text-anchor="middle">
                {formatMetricValue(metric, value)}
              </text>
            ))}
        </g>
      </svg>
      <p class="readout legend">
        <span>
          <span class="key control" /> control, {total.control} values
        </span>
        <span>
          <span class="key candidate" /> candidate, {total.candidate} values
        </span>
        {metric.kind !== 'proportion' && <span>the last bar contains everything above the 98th percentile</span>}
      </p>
    </div>
  )
}

const sum = (bins: readonly Bin[], arm: 'control' | 'candidate') => bins.reduce((total, bin) => total + bin[arm], 0)
const peak = (bins: readonly Bin[], arm: 'control' | 'candidate') => {
  const { from, to } = bins.reduce((best, bin) => (bin[arm] > best[arm] ? bin : best))
  return (from + to) / 2
}
