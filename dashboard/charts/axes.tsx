import { formatTime } from '../format.ts'
import { ticks, timeTicks } from './scale.ts'

export interface Frame {
  left: number
  right: number
  top: number
  bottom: number
}

/** Lines and labels of the values. */
export const ValueAxis = ({
  frame: { left, right },
  range,
  y,
  format,
  count = 4,
}: {
  frame: Frame
  range: [number, number]
  y: (value: number) => number
  format: (value: number) => string
  count?: number
}) => (
  <g class="axis">
    {ticks(range, count).map((value) => (
      <g key={value}>
        <line x1={left} x2={right} y1={y(value)} y2={y(value)} />
        <text x={left - 6} y={y(value) + 4} text-anchor="end">
          {format(value)}
        </text>
      </g>
    ))}
  </g>
)

/** Labels of the times, by the reader's clock. */
export const TimeAxis = ({
  frame: { left, right, bottom },
  range,
  x,
}: {
  frame: Frame
  range: [number, number]
  x: (value: number) => number
}) => (
  <g class="axis">
    {timeTicks(range, Math.max(2, (right - left) / 110))
      .filter((at) => x(at) < right - 26)
      .map((at) => (
        <text key={at} x={x(at)} y={bottom + 16} text-anchor="middle">
          {range[1] - range[0] < 600_000 ? new Date(at).toLocaleTimeString(undefined, { timeStyle: 'medium' }) : formatTime(at)}
        </text>
      ))}
  </g>
)
