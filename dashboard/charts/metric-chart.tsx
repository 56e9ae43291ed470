import { useState } from 'preact/hooks'
import { formatMetricValue } from '../../src/model/format.ts'
import { formatTime, type ShownMetric } from '../format.ts'
import { TimeAxis, ValueAxis } from './axes.tsx'
import { extent, path, scale, ticks } from './scale.ts'
import { useWidth } from './use-width.ts'

const valueTicks = 3

export interface Mark {
  at: number
  label: string
}

/** A metric over time, with the times at which the configuration changed. */
export function MetricChart({
  metric,
  points,
  marks = [],
  range: times,
  ahead,
}: {
  metric: ShownMetric
  points: readonly [number, number][]
  marks?: readonly Mark[]
  range: [number, number]
  /** The forecast: time, low, median, high. */
  ahead?: readonly [number, number, number, number][]
}) {
  const [element, width] = useWidth<HTMLDivElement>(400)
  const [hovered, setHovered] = useState<number | null>(null)
  const height = 150
  if (points.length === 0)
    return (
      <div ref={element} class="chart-empty small">
        No cycle recorded this metric in this period.
      </div>
    )
  const [low, high] = extent(
    [...points.map(([, value]) => value), ...(ahead ?? []).flatMap(([, low, , high]) => [low, high])],
    0.15,
  )
  const range: [number, number] =
    metric.kind === 'proportion' ? [Math.max(0, low), Math.min(1.02, high)] : [Math.max(0, low), high]
  const labels = ticks(range, valueTicks).map((value) => formatMetricValue(metric, value).length)
  const frame = { left: 12 + 7 * Math.max(4, ...labels), right: width - 10, top: 8, bottom: height - 24 }
  const x = scale(times, [frame.left, frame.right])
  const y = scale(range, [frame.bottom, frame.top])
  const shown = points[hovered ?? points.length - 1]!
  const onMove = (event: PointerEvent) => {
    const at = event.clientX - (event.currentTarget as Element).getBoundingClientRect().left
    const distances = points.map(([time]) => Math.abs(x(time) - at))
    setHovered(distances.indexOf(Math.min(...distances)))
  }
  return (
    <div ref={element} class="chart">
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={`${metric.label}, now ${formatMetricValue(metric, points.at(-1)![1])}`}
        onPointerMove={onMove}
        onPointerLeave={() => setHovered(null)}
      >
        <ValueAxis frame={frame} range={range} y={y} format={(value) => formatMetricValue(metric, value)} count={valueTicks} />
        <TimeAxis frame={frame} range={times} x={x} />
        {marks.map(({ at, label }) => (
          <g key={at} class="mark">
            <title>{label}</title>
            <line x1={x(at)} x2={x(at)} y1={frame.top} y2={frame.bottom} />
            <circle cx={x(at)} cy={frame.bottom} r="3.5" />
          </g>
        ))}
        {ahead && <Expected ahead={ahead} from={points.at(-1)!} x={x} y={y} />}
        <path class="series" d={path(points.map(([at, value]) => [x(at), y(value)] as const))} />
        <circle class="dot" cx={x(shown[0])} cy={y(shown[1])} r="3.5" />
      </svg>
      <p class="readout">
        {formatTime(shown[0])} · <strong>{formatMetricValue(metric, shown[1])}</strong>
      </p>
    </div>
  )
}

/** The forecast with its 80% interval. */
function Expected({
  ahead,
  from: [at, value],
  x,
  y,
}: {
  ahead: readonly [number, number, number, number][]
  from: [number, number]
  x: (at: number) => number
  y: (value: number) => number
}) {
  const upper = ahead.map(([time, , , high]) => [x(time), y(high)] as const)
  const lower = ahead.map(([time, low]) => [x(time), y(low)] as const)
  const median = ahead.map(([time, , middle]) => [x(time), y(middle)] as const)
  const start = [x(at), y(value)] as const
  return (
    <g class="expected">
      <title>Forecast with its 80% interval</title>
      <path class="interval" d={`${path([start, ...upper, ...lower.toReversed()])}Z`} />
      <path d={path([start, ...median])} />
    </g>
  )
}
